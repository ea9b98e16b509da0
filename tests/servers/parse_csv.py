"""Reads CSV on standard input as Excel's dialect has it, with the separator given; prints its rows as JSON."""

import csv
import io
import json
import sys

text = sys.stdin.buffer.read().decode("utf-8-sig")
json.dump(list(csv.reader(io.StringIO(text, newline=""), dialect="excel", delimiter=sys.argv[1])), sys.stdout)
