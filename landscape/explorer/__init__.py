"""The explorer: what it shows as arrays (`view`), the Jupyter widget (`widget`) and the HTML page (`page`) that show it.

`landscape.explore` makes it. Here nothing is trained, and what is drawn is what was recorded; a click can measure more.
"""
