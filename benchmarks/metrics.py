"""How long it takes to score 5,000 captions, five references each, by every metric.

    python -m benchmarks.metrics

The captions are the references of the test scenes, each held against all five of its scene. All
metrics together are to stay under ten seconds of one core.
"""

import time

from captioning.dataset import load_coco_data
from captioning.evaluation import references_of
from captioning.files import data_path
from captioning.metrics import bleu, cider_d, rouge_l

LIMIT = 10  # seconds


def main():
    data = load_coco_data(data_path("scenes.h5"))
    references = [refs for refs in references_of(data, "test") for _ in refs]
    captions = list(data["test_sentences"])
    total = 0
    for metric in (bleu, rouge_l, cider_d):
        before = time.process_time()
        metric(captions, references)
        total += time.process_time() - before
        print(f"{metric.__name__:8} {time.process_time() - before:5.2f} s")
    verdict = "within" if total < LIMIT else "OVER"
    print(f"{'together':8} {total:5.2f} s for {len(captions):,} captions: {verdict} {LIMIT} s")


if __name__ == "__main__":
    main()
