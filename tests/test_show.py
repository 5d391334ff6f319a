"""What a page shows of a function is what runs, from `def` on, without its docstring."""

import numpy as np
import pytest

from captioning import CaptioningRNN, rnn_step_backward, rnn_step_forward, tiny
from captioning.logs import read_log, write_log
from captioning.show import show, source_of


def test_the_source_begins_at_def_and_has_no_docstring():
    text = source_of(rnn_step_forward)
    assert text.startswith("def rnn_step_forward(x, prev_h, Wx, Wh, b):\n    a = x @ Wx")
    assert '"""' not in text and "@shapes" not in text


def test_what_is_shown_runs_and_gives_the_same():
    shown = {"np": np}
    exec(source_of(rnn_step_forward), shown)
    inputs = tiny.step_inputs(0, 2)
    assert np.array_equal(shown["rnn_step_forward"](*inputs)[0], rnn_step_forward(*inputs)[0])


def test_comments_stay_and_methods_are_moved_to_the_margin():
    assert "# (N, D)  eq-rnn-dx" in source_of(rnn_step_backward)
    assert source_of(CaptioningRNN.sample).startswith("def sample(self")


def test_markdown_links_to_the_description():
    markdown = show(rnn_step_forward, rnn_step_backward)._repr_markdown_()
    assert markdown.count("```python") == 2
    assert "(api.html#captioning.rnn_step_backward)" in markdown
    assert "captioning/rnn.py" in markdown


def test_what_the_package_does_not_export_is_linked_to_by_its_full_name():
    from captioning.encoder.efficientnet import EfficientNetLite0, block

    markdown = show(block, EfficientNetLite0.grid)._repr_markdown_()
    assert "(api.html#captioning.encoder.efficientnet.block)" in markdown
    assert "(api.html#captioning.encoder.efficientnet.EfficientNetLite0.grid)" in markdown


def test_a_method_that_is_not_public_is_linked_to_its_class():
    from captioning import CaptioningSolver

    markdown = show(CaptioningSolver.train, CaptioningSolver._step)._repr_markdown_()
    assert "(api.html#captioning.training.CaptioningSolver.train)" in markdown
    assert "(api.html#captioning.CaptioningSolver)" in markdown


def test_functions_shown_together_are_one_piece_with_a_link_each():
    from captioning.encoder.efficientnet import block, depthwise

    markdown = show(depthwise, block, together=True)._repr_markdown_()
    assert markdown.count("```python") == 1
    assert "return relu6(y)\n\n\ndef block(" in markdown
    assert markdown.endswith("*captioning/encoder/efficientnet.py* · "
                             "[depthwise](api.html#captioning.encoder.efficientnet.depthwise) · "
                             "[block](api.html#captioning.encoder.efficientnet.block)")


def test_a_function_without_a_docstring_is_shown_whole():
    def add(a, b):
        return a + b

    assert source_of(add) == "def add(a, b):\n    return a + b"


def test_a_log_is_read_back_and_a_changed_one_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("captioning.logs.data_path", lambda name: tmp_path / name)
    (tmp_path / "logs").mkdir()
    write_log("trial", {"loss": [1.5, 0.25]}, "python trial.py", seed=3)
    assert read_log("trial") == {"loss": [1.5, 0.25]}
    path = tmp_path / "logs/trial.json"
    path.write_text(path.read_text().replace("0.25", "0.20"))
    with pytest.raises(OSError, match="hash"):
        read_log("trial")
    path.write_text("{")
    with pytest.raises(OSError, match="damaged"):
        read_log("trial")
    with pytest.raises(OSError, match="no such log"):
        read_log("other")


def test_the_tiny_network_has_72_numbers_and_speaks():
    model = tiny.network()
    assert sum(p.size for p in model.params.values()) == 72
    said = model.sample(tiny.FEATURES, 5)
    assert np.array_equal(said[:, :4], tiny.CAPTIONS[:, 1:])
    losses = [model.loss(tiny.FEATURES[k:k + 1], tiny.CAPTIONS[k:k + 1])[0] for k in (0, 1)]
    assert np.allclose(losses, [0.106, 0.302], atol=5e-4)
