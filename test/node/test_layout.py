"""What travels to the nodes is read by strangers: one idea a file."""

from pathlib import Path

NODE = Path(__file__).parents[2] / "src" / "node"


def test_no_file_is_longer_than_400_lines():
    lengths = {str(path.relative_to(NODE)): len(path.read_text().splitlines()) for path in NODE.rglob("*.py")}
    assert len(lengths) > 30
    assert {name: length for name, length in lengths.items() if length > 400} == {}
