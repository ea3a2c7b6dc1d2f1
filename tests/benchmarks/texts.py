"""The texts that are measured."""

from engine.attribution.worked_example import CANDIDATE, QUERY

__all__ = ["CANDIDATE", "LONG_CANDIDATE", "LONG_QUERY", "QUERY"]

# 13 tokens with the specials, on the embedded model.
LONG_QUERY = "How does the body store the sugar that it eats?"
# More than 256 tokens: the embedded model reads the first 256, specials included.
LONG_CANDIDATE = (
    "Bread, rice and fruit reach the stomach as long chains of simple units. Saliva has already begun to "
    "cut the chains, and further down the gut other enzymes finish the work, until nothing is left but "
    "small molecules that can pass through its wall. Most of them are glucose. The blood carries glucose "
    "to every organ, and within half an hour of a meal its level there has risen. The pancreas notices "
    "and answers with insulin, a hormone that tells muscle and fat to open their doors. What the muscles "
    "do not burn at once they tie together again, thousands of units at a time, into glycogen, a branched "
    "starch that can be taken apart in seconds when somebody has to run for a bus. The liver keeps a "
    "store of its own, about a hundred grams, and spends it between meals for the sake of the brain, "
    "which can hardly live on anything else. Once both stores are full, the surplus takes another road. "
    "The liver turns it into fatty acids, packs three of them on a small carrier, and sends the parcels "
    "out to the fat tissue, where they may wait for years. The way back is slower: fat can feed the "
    "muscles, but it cannot become glucose again, so after a night without food the liver builds new "
    "glucose from the amino acids of protein. A short fast empties the stores in a day, and training "
    "makes those of the muscles larger."
)
