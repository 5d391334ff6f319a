"""The book's drawings: a chapter calls one in a line; a module for each chapter."""
