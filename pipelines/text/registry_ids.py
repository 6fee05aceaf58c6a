"""Ids of registers, told by their shape. Which document belongs to which trial is decided elsewhere."""

import re

NCT_ID = re.compile(r"\bNCT\d{8}\b")
"""An id of ClinicalTrials.gov."""
