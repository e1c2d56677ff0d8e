"""A worked example for students: the customer structure of a rural bank, from its published totals (M4).

The totals were published for about 2014. They say how many customers hold each product, and not which customers hold
several; what follows from totals alone, and what does not, is the lesson.
"""

from dataclasses import dataclass
from importlib.resources import files

import pandas as pd

_FILE = "bank_example.csv"
_HOLDERS: dict[str, tuple[str, str | None]] = {
    "current account": ("current_account_customers", "current_account_deposits"),
    "term deposit": ("term_deposit_customers", "term_deposits"),
    "loan": ("borrowers", "loans"),
    "e-banking": ("e_banking_customers", None),
    "mobile banking": ("mobile_customers", None),
    "credit card": ("personal_credit_cards", None),
}
_GROWING: dict[str, tuple[str, str]] = {
    "e-banking, persons": ("e_banking_customers", "e_banking_customers_gained"),
    "e-banking, firms": ("e_banking_firms", "e_banking_firms_gained"),
    "mobile banking": ("mobile_customers", "mobile_customers_gained"),
}


@dataclass(frozen=True)
class BankExample:
    """What follows from the published totals.

    Parameters
    ----------
    products : pandas.DataFrame
        By product: `holders`, `penetration` (holders per deposit customer; a borrower need not be one), `balance`
        (CNY, missing where there is none), `balance_per_holder` (CNY).
    growth : pandas.DataFrame
        By service: `users`, `users_before` (a year earlier), `growth_rate`.
    products_held : float
        Products per deposit customer, if every holder is one.
    unexplained_deposits : float
        CNY on neither current accounts nor term deposits: the published parts do not add up to the total.
    market_deposits, market_loans : float
        CNY in the county, by the bank's shares.
    small_borrower_share : float
        Borrowers of less than 100,000 yuan.
    borrowers_outside_25_to_59 : int
        Borrowers under 25 or over 59: where the next generation of customers is missing.
    firm_credit_cards : int
        Cards held by firms.
    electronic_transaction_share : float
        As published.
    """

    products: pd.DataFrame
    growth: pd.DataFrame
    products_held: float
    unexplained_deposits: float
    market_deposits: float
    market_loans: float
    small_borrower_share: float
    borrowers_outside_25_to_59: int
    firm_credit_cards: int
    electronic_transaction_share: float

    @property
    def figures(self) -> dict[str, float]:
        """The single figures, by name of the result."""
        return {
            "bank_products_held": self.products_held,
            "bank_small_borrower_share": self.small_borrower_share,
            "bank_unexplained_deposits": self.unexplained_deposits,
            "bank_borrowers_outside_band": self.borrowers_outside_25_to_59,
            "bank_market_deposits": self.market_deposits,
            "bank_market_loans": self.market_loans,
            "bank_electronic_share": self.electronic_transaction_share,
        }


def read_bank_totals() -> pd.DataFrame:
    """Return the published totals: `value`, `unit` and `about` by item."""
    return pd.read_csv(str(files("helpers.identification") / _FILE)).set_index("item")


def work_bank_example() -> BankExample:
    """Return what follows from the published totals.

    Examples
    --------
    >>> work_bank_example().products["penetration"].round(4).loc[["term deposit", "loan"]].tolist()
    [0.0319, 0.0909]
    """
    totals = read_bank_totals()["value"]
    customers = float(totals["deposit_customers"])
    rows = [
        (name, int(totals[holders]), totals[balance] if balance else float("nan"))
        for name, (holders, balance) in _HOLDERS.items()
    ]
    products = pd.DataFrame(rows, columns=["product", "holders", "balance"]).set_index("product")
    products.insert(1, "penetration", products["holders"] / customers)
    products["balance_per_holder"] = products["balance"] / products["holders"]
    growing = [(name, int(totals[users]), int(totals[gained])) for name, (users, gained) in _GROWING.items()]
    growth = pd.DataFrame(growing, columns=["service", "users", "gained"]).set_index("service")
    growth["users_before"] = growth["users"] - growth.pop("gained")
    growth["growth_rate"] = growth["users"] / growth["users_before"] - 1
    return BankExample(
        products=products,
        growth=growth,
        products_held=float(products["holders"].sum() / customers),
        unexplained_deposits=float(totals["deposits"] - totals["current_account_deposits"] - totals["term_deposits"]),
        market_deposits=float(totals["deposits"] / totals["deposit_market_share"]),
        market_loans=float(totals["loans"] / totals["loan_market_share"]),
        small_borrower_share=float(totals["small_borrowers"] / totals["borrowers"]),
        borrowers_outside_25_to_59=round(totals["borrowers"] * (1 - totals["borrowers_25_to_59_share"])),
        firm_credit_cards=int(totals["credit_cards"] - totals["personal_credit_cards"]),
        electronic_transaction_share=float(totals["electronic_transaction_share"]),
    )
