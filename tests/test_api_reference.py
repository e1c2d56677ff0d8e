"""The reference of the package is made from its docstrings without a warning, lazy faces included."""

import pytest
from tests.api_reference import make

FACES = {
    "value": "BGNBD",
    "differentiation": "RfmScorer",
    "identification": "summarise_customers",
    "evaluation": "measure_retention",
}


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    pytest.importorskip("pdoc", reason="the reference needs the extra docs")
    folder = tmp_path_factory.mktemp("site")
    return {page.relative_to(folder).as_posix(): page for page in make(folder, show_source=False)}


@pytest.mark.parametrize(("room", "name"), FACES.items())
def test_a_room_shows_what_its_face_exports(pages, room, name):
    assert f'id="{name}"' in pages[f"helpers/{room}.html"].read_text(encoding="utf-8")


def test_modules_without_a_face_have_pages_of_their_own(pages):
    assert {"helpers.html", "helpers/core/errors.html", "helpers/suite/notebook/book.html"} <= set(pages)
