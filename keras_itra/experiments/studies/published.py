"""The numbers of the paper: (accuracy in %, cross-entropy), single runs."""

Numbers = tuple[tuple[float, float], ...]

# Data, network: (accuracy in %, cross-entropy) of each method in turn.
IMAGES: dict[tuple[str, str], Numbers] = {
    ("kmnist", "five-conv"): (
        (95.57, 0.183),
        (95.60, 0.181),
        (94.90, 0.214),
        (95.79, 0.170),
    ),
    ("fashion-mnist", "five-conv"): (
        (92.43, 0.294),
        (92.47, 0.292),
        (92.10, 0.263),
        (92.57, 0.224),
    ),
    ("cifar10", "resnet18"): (
        (92.99, 0.40),
        (92.73, 0.42),
        (92.30, 0.35),
        (93.70, 0.27),
    ),
    ("cifar10", "vgg13"): (
        (92.49, 0.47),
        (92.53, 0.46),
        (92.11, 0.38),
        (92.72, 0.33),
    ),
    ("cifar10", "mobilenet-v1"): (
        (88.55, 0.62),
        (88.77, 0.61),
        (88.81, 0.53),
        (89.37, 0.43),
    ),
    ("stl10", "resnet18"): (
        (70.88, 1.63),
        (71.08, 1.55),
        (70.97, 1.10),
        (72.78, 1.05),
    ),
    ("stl10", "vgg13"): (
        (74.40, 1.55),
        (74.50, 1.51),
        (74.04, 1.16),
        (75.80, 0.93),
    ),
    ("stl10", "mobilenet-v1"): (
        (59.09, 2.14),
        (59.01, 2.12),
        (58.24, 1.46),
        (62.02, 1.60),
    ),
    ("cifar100", "resnet18"): (
        (74.19, 1.05),
        (74.21, 1.04),
        (73.98, 0.98),
        (74.88, 0.97),
    ),
    ("cifar100", "vgg13"): (
        (71.72, 1.46),
        (71.75, 1.43),
        (71.65, 1.31),
        (72.55, 1.22),
    ),
    ("cifar100", "mobilenet-v1"): (
        (66.42, 1.57),
        (66.60, 1.55),
        (66.39, 1.51),
        (67.23, 1.49),
    ),
}
# The paper says MobileNet; its numbers are probably those of the first.
for _name in ("cifar10", "stl10", "cifar100"):
    IMAGES[_name, "mobilenet-v2"] = IMAGES[_name, "mobilenet-v1"]

# Encoder, data: (accuracy, cross-entropy) of SGD, center loss and ITRA-c.
TEXTS: dict[tuple[str, str], Numbers] = {
    ("bert", "agnews"): ((92.10, 0.42), (91.70, 0.45), (92.45, 0.29)),
    ("bert", "amazon"): ((58.53, 1.66), (59.38, 1.23), (60.08, 1.29)),
    ("bert", "yahoo"): ((66.60, 1.36), (66.95, 1.25), (67.47, 1.25)),
    ("bert", "yelp"): ((61.12, 1.52), (60.58, 1.17), (61.68, 1.09)),
    ("distilbert", "agnews"): ((92.13, 0.38), (91.33, 0.47), (92.27, 0.26)),
    ("distilbert", "amazon"): ((58.10, 1.38), (57.60, 1.21), (58.30, 1.20)),
    ("distilbert", "yahoo"): ((66.50, 1.28), (66.57, 1.26), (66.65, 1.17)),
    ("distilbert", "yelp"): ((60.02, 1.32), (59.58, 1.14), (60.30, 1.17)),
    ("roberta", "agnews"): ((91.43, 0.40), (90.95, 0.45), (91.85, 0.27)),
    ("roberta", "amazon"): ((60.65, 1.34), (59.88, 1.18), (60.90, 1.23)),
    ("roberta", "yahoo"): ((66.90, 1.29), (66.93, 1.28), (67.05, 1.15)),
    ("roberta", "yelp"): ((62.78, 1.21), (62.82, 1.10), (63.32, 1.08)),
}
