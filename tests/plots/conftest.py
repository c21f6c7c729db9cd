"""What every picture must be."""

import matplotlib.pyplot as plt
import pytest
from matplotlib.text import Text


@pytest.fixture
def check_legible(tmp_path):
    """Writes a figure and checks sizes, limits and that nothing sticks out."""

    def check(figure):
        path = tmp_path / "picture.png"
        figure.savefig(path)
        assert path.read_bytes().startswith(b"\x89PNG")
        texts = [t for t in figure.findobj(Text) if t.get_text()]
        assert min(text.get_fontsize() for text in texts) >= 9
        inside = figure.get_tightbbox()
        width, height = figure.get_size_inches()
        assert inside.x0 >= -0.02
        assert inside.y0 >= -0.02
        assert inside.x1 <= width + 0.02
        assert inside.y1 <= height + 0.02
        titles = [axes.title.get_window_extent() for axes in figure.axes]
        for i, title in enumerate(titles):
            assert not any(title.overlaps(other) for other in titles[:i])
        assert plt.get_fignums() == []

    return check
