"""From cells of text to dates, numbers, truth values, codes and identifiers. A cell that cannot be read is marked, never guessed."""
