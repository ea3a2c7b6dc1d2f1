"""Results that can be shown to others and checked: items, reports of them, and their verification."""
