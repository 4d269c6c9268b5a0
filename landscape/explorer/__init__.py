"""The explorer: its data (`view`), and the Jupyter widget (`widget`) and HTML page (`page`) that show them.

`landscape.explore` makes it. Here nothing is trained, and what is drawn is what was recorded; a click can measure more.
"""
