"""What all estimators of the package refuse before they are fitted."""

from sklearn.exceptions import NotFittedError

from helpers.core.errors import InputError


class NoFitError(InputError, NotFittedError):  # type: ignore[misc]  # scikit-learn ships no types
    """An estimator is asked for something that only a fit can say."""
