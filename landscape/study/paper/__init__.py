"""The paper's figures and tables from any study."""
