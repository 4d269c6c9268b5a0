"""Networks of the built-in tasks, a module per family; torchvision and timm are imported when one is made."""
