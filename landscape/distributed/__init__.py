"""Objectives and Hessians over several ranks: data-parallel and sharded parameters."""
