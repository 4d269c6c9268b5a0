"""What several packages need: names with suggestions, how results print, half precision."""
