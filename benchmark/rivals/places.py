"""The places that benchmark/places.ts drew. Knows no rival."""
from array import array


def load_places(path):
    with open(path, "rb") as file:
        places = array("I")
        places.frombytes(file.read())
    return places
