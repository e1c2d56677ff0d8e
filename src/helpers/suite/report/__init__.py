"""From the pieces of notebooks to pages and files: client report, analyst report, workbook."""
