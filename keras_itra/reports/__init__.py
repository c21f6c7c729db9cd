"""Pages that show a trained model or a comparison."""
