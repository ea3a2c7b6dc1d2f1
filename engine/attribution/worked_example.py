"""The texts of the worked example that the program opens on."""

QUERY = "Carbs are broken down into sugar in your body"
CANDIDATE = "Carbohydrates are metabolized into glucose"
CANDIDATES = (
    CANDIDATE,
    "Your body turns starch into sugar while you digest bread and pasta.",
    "Sugar prices broke down after the harvest.",
)
