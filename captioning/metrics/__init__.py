"""Judging a caption by what people wrote (chapter 12, Judging).

BLEU and CIDEr-D compare n-grams, runs of one to four words, of a caption with those of its
references. BLEU asks which part of the caption's n-grams some reference has too. CIDEr-D weighs
each n-gram by how rarely it occurs among all pictures, so that "a man in a" is worth little and
"unicycle" is worth much. ROUGE-L asks for the longest run of words, with gaps, that both have.

A score can be compared with published ones only when its small print is the same. So the scores
here equal those of the reference program, pycocoevalcap, to 1e-9 for every sentence, and each
place where that program departs from the published formula is told in a comment. A sentence is a
string of words that are already lower-cased and separated by blanks: how punctuation is cut off
changes the scores more than most models do.
"""

from captioning.metrics.bleu import bleu, clipped_matches
from captioning.metrics.cider import SIGMA, cider_d, inverse_document_frequency
from captioning.metrics.likelihood import perplexity
from captioning.metrics.ngrams import MAX_ORDER, count_ngrams
from captioning.metrics.rouge import longest_common_subsequence, rouge_l
from captioning.metrics.variety import variety

__all__ = ["MAX_ORDER", "SIGMA", "bleu", "cider_d", "clipped_matches", "count_ngrams",
           "inverse_document_frequency", "longest_common_subsequence", "perplexity", "rouge_l",
           "variety"]
