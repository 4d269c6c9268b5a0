"""Continues the run in a file that another process is training, and prints what it is answered.

python second_trainer.py FILE
"""

import sys
from pathlib import Path

from zenith.training.resume import RunFile

try:
    with RunFile(Path(sys.argv[1]), {}).claimed():
        print("it is free")
except ValueError as error:
    print(error)
