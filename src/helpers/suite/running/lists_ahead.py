"""The workbook of customer lists, written while the summary runs: it takes a second or two, and no part of the summary.

A chapter that summarises seldom has a list of its own. Where it has one, or fails, which the workbook's first sheet
says, the workbook is written anew.
"""

from pathlib import Path

from helpers.suite.report.model import Report


class ListsAhead:
    """A workbook of lists that waits for the end of a run.

    Parameters
    ----------
    folder : Path
        Where it waits.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._of: Report | None = None

    def write(self, report: Report) -> None:
        """Write the lists of the chapters that there are so far."""
        from helpers.suite.report.workbook import write_lists

        write_lists(report, self._folder)
        self._of = report

    def put_into(self, lists: Path, report: Report) -> None:
        """Put the workbook of a whole report among its lists: the one that waits where it says the same.

        Parameters
        ----------
        lists : Path
            Folder of the lists.
        report : Report
            With all chapters.
        """
        from helpers.suite.report.workbook import LISTS_FILE, same_lists, write_lists

        name = Path(LISTS_FILE).name
        if self._of is None or not same_lists(report, self._of):
            write_lists(report, lists)
        elif (self._folder / name).exists():
            (self._folder / name).rename(lists / name)
