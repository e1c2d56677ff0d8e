"""The standard tables and columns a study maps its own data to.

A study has the tables it has; a notebook names the tables it needs. Everything a method may rely on (a column's name,
type and meaning) is written here once.
"""

from helpers.study.standard_columns import Column, ColumnKind, StandardTable


def _must(name: str, kind: ColumnKind, about: str) -> Column:
    return Column(name, kind, about, required=True)


_CUSTOMER = _must("customer_id", "id", "the customer, the same value in every table")

STANDARD_TABLES: dict[str, StandardTable] = {
    table.name: table
    for table in (
        StandardTable(
            "customers",
            "one customer",
            (
                _CUSTOMER,
                Column("kind", "text", "person or firm"),
                Column("first_name", "text", "given name"),
                Column("last_name", "text", "family name, or a firm's name"),
                Column("birth_date", "date", "date of birth"),
                Column("sex", "text", "sex as recorded"),
                Column("street", "text", "street and number"),
                Column("city", "text", "place"),
                Column("postcode", "text", "postal code"),
                Column("region", "text", "sales region or state"),
                Column("email", "text", "e-mail address"),
                Column("phone", "text", "telephone number"),
                Column("identifier", "text", "official number: social security, tax or register"),
                Column("customer_since", "date", "first day as a customer"),
                Column("preferred_channel", "text", "channel the customer asked for"),
                Column("language", "text", "language the customer is written to in"),
                Column("do_not_contact", "flag", "the customer refused contact"),
                Column("updated_at", "time", "when the record last changed"),
            ),
            open_attributes=True,
            key=("customer_id",),
        ),
        StandardTable(
            "customer_records",
            "one record of a customer in one system, before records of one customer are brought together",
            (
                _must("record_id", "id", "the record within its system"),
                Column("source", "text", "system the record comes from: sales, web, service"),
                Column("kind", "text", "person or firm"),
                Column("first_name", "text", "given name"),
                Column("last_name", "text", "family name, or a firm's name"),
                # Impossible dates stay as they are: two records of one customer may share the error.
                Column("birth_date", "as_recorded", "date of birth as it was recorded"),
                Column("sex", "text", "sex as recorded"),
                Column("street", "text", "street and number"),
                Column("city", "text", "place"),
                Column("postcode", "text", "postal code"),
                Column("region", "text", "sales region or state"),
                Column("email", "text", "e-mail address"),
                Column("phone", "text", "telephone number"),
                Column("identifier", "text", "official number: social security, tax or register"),
                Column("customer_since", "date", "first day as a customer"),
                Column("preferred_channel", "text", "channel the customer asked for"),
                Column("language", "text", "language the customer is written to in"),
                Column("do_not_contact", "flag", "the customer refused contact"),
                Column("updated_at", "time", "when the record last changed"),
            ),
            open_attributes=True,
            key=("source", "record_id"),
            one_of=(
                "last_name",
                "first_name",
                "birth_date",
                "street",
                "city",
                "postcode",
                "email",
                "phone",
                "identifier",
            ),
        ),
        StandardTable(
            "earlier_ids",
            "one record and the customer an earlier run found it to be",
            (
                _must("record_id", "id", "the record within its system"),
                _must("lasting_id", "integer", "number of the customer"),
                Column("source", "text", "system the record comes from"),
                Column("highest_id", "integer", "highest number given so far, the same in every row"),
            ),
            key=("source", "record_id"),
        ),
        StandardTable(
            "known_pairs",
            "one pair of records known to be one customer; read to score a linkage, never to make one",
            (
                _must("record_id_l", "id", "one record"),
                _must("record_id_r", "id", "the other record"),
                Column("source_l", "text", "system of the one, where record ids repeat across systems"),
                Column("source_r", "text", "system of the other"),
            ),
        ),
        StandardTable(
            "known_identities",
            "one record and the customer it truly is; read to score a linkage, never to make one",
            (
                _must("record_id", "id", "the record"),
                _must("true_customer_id", "id", "the customer"),
                Column("source", "text", "system of the record, where record ids repeat across systems"),
            ),
            key=("source", "record_id"),
        ),
        StandardTable(
            "transactions",
            "one line of one order",
            (
                _CUSTOMER,
                _must("order_id", "id", "the order, basket or receipt the line stands on"),
                _must("time", "time", "when the order was placed, local time"),
                _must("amount", "number", "what the customer paid for the line, in the study's currency"),
                Column("product_id", "id", "the product sold"),
                Column("record_id", "id", "the customer record the order was booked on, before records were linked"),
                Column("quantity", "number", "units sold"),
                Column("discount", "number", "price reduction granted on the line, positive, in the study's currency"),
                Column("cost", "number", "cost of the goods of the line, in the study's currency"),
                Column("store_id", "id", "shop or branch"),
                Column("channel", "text", "shop, web, telephone"),
            ),
            event_time="time",
            open_attributes=True,
        ),
        StandardTable(
            "baskets",
            "one item of one basket of which neither customer, day nor price is known",
            (
                _must("order_id", "id", "the basket"),
                _must("product_id", "id", "the item"),
            ),
        ),
        StandardTable(
            "products",
            "one product",
            (
                _must("product_id", "id", "the product"),
                Column("product_name", "text", "its name"),
                Column("category", "text", "product group customers choose within"),
                Column("department", "text", "the group above the category"),
                Column("brand", "text", "brand, or own brand against national"),
                Column("manufacturer", "id", "maker of the product, where brands are known by their makers only"),
                Column("unit_cost", "number", "cost of one unit, in the study's currency"),
                Column("list_price", "number", "price of one unit by the list, in the study's currency"),
                Column(
                    "countable", "flag", "false where quantity is no number of pieces: fuel by volume, coupon lines"
                ),
            ),
            open_attributes=True,
            key=("product_id",),
        ),
        StandardTable(
            "price_list",
            "one price of one product: in a period, a region and a class of customers, or for all where they are empty",
            (
                _must("product_id", "id", "the product"),
                _must("price", "number", "price of one unit, in the study's currency"),
                Column("valid_from", "date", "first day of the price; empty: since ever"),
                Column(
                    "valid_to", "date", "last day of the price; empty: until further notice (may lie after `as_of`)"
                ),
                Column("region", "text", "sales region, as in customers; empty: every region"),
                Column("customer_class", "text", "class of customers the price is for; empty: every class"),
            ),
        ),
        StandardTable(
            "orders",
            "one order, with what is known of it beside its lines",
            (
                _must("order_id", "id", "the order, as in transactions"),
                Column("approved", "flag", "the price was approved, for orders below the list"),
                Column("delivered_time", "time", "when all of it had been delivered; empty while it has not"),
            ),
            key=("order_id",),
            one_of=("approved", "delivered_time"),
        ),
        StandardTable(
            "choices",
            "one brand within reach of one customer on one occasion to buy, chosen or not",
            (
                _CUSTOMER,
                _must("occasion", "integer", "number of the occasion within the customer's history, in order of time"),
                _must("brand", "text", "the brand on offer"),
                _must("chosen", "flag", "the customer bought this brand; one of each occasion"),
                Column("price", "number", "its price on that day, bought or not"),
                Column("featured", "flag", "it was advertised in the newspaper"),
                Column("displayed", "flag", "it stood on a special display"),
            ),
            key=("customer_id", "occasion", "brand"),
        ),
        StandardTable(
            "contacts",
            "one customer approached by one campaign",
            (
                _CUSTOMER,
                _must("campaign_id", "id", "the campaign"),
                Column("campaign_type", "text", "kind of campaign"),
                Column("time", "time", "start of the campaign, or when this customer was approached"),
                Column("end_time", "time", "last day on which the customer can respond (may lie after `as_of`)"),
                Column("channel", "text", "mail, e-mail, telephone, visit"),
                Column("treated", "flag", "false for a control customer who was held back"),
                Column("cost", "number", "cost of the contact, in the study's currency"),
            ),
            event_time="time",
        ),
        StandardTable(
            "responses",
            "one response of one customer to one campaign",
            (
                _CUSTOMER,
                _must("campaign_id", "id", "the campaign"),
                Column("time", "time", "when the customer responded"),
                Column("kind", "text", "visit, redemption, order"),
                Column("amount", "number", "spend that came with the response, in the study's currency"),
                Column("order_id", "id", "the order that came with the response"),
            ),
            event_time="time",
        ),
        StandardTable(
            "service_cases",
            "one case at the service desk",
            (
                _CUSTOMER,
                _must("case_id", "id", "the case"),
                _must("time", "time", "when it was opened"),
                Column("closed_time", "time", "when it was closed"),
                Column("due_time", "time", "when an answer was promised (may lie after `as_of`)"),
                Column("order_id", "id", "the order it is about"),
                Column("channel", "text", "by which it came: telephone, web, shop"),
                Column("cause", "text", "what it was about"),
                Column("complaint", "flag", "the customer complained; false for advice and other questions"),
                Column("solved_at_first_contact", "flag", "no second contact was needed"),
                Column("contacts", "integer", "contacts until it was closed"),
                Column("minutes", "number", "time spent on it, minutes"),
                Column("cost", "number", "cost of handling, in the study's currency"),
            ),
            event_time="time",
            key=("case_id",),
        ),
        StandardTable(
            "service_volumes",
            "what came in at the service desk in one interval, such as five minutes",
            (
                _must("time", "time", "when the interval began, local time"),
                _must("calls", "number", "how many calls came in it"),
            ),
            event_time="time",
            key=("time",),
        ),
        StandardTable(
            "surveys",
            "one answered questionnaire",
            (
                _CUSTOMER,
                Column("time", "time", "when it was answered"),
                Column("overall", "number", "overall satisfaction"),
            ),
            event_time="time",
            open_attributes=True,
        ),
        StandardTable(
            "invoices",
            "one invoice",
            (
                _must("invoice_id", "id", "the invoice"),
                _CUSTOMER,
                _must("time", "date", "date of the invoice"),
                _must("amount", "number", "amount owed, in the study's currency"),
                Column("due_date", "date", "last day of the term"),
                Column("seller_id", "id", "seller responsible"),
                Column("order_id", "id", "the order it bills"),
            ),
            event_time="time",
            key=("invoice_id",),
        ),
        StandardTable(
            "payments",
            "one payment",
            (
                _must("invoice_id", "id", "the invoice paid"),
                _must("time", "date", "date of the payment"),
                _must("amount", "number", "amount paid, in the study's currency"),
            ),
            event_time="time",
        ),
        StandardTable(
            "contracts",
            "one contract of one customer",
            (
                _CUSTOMER,
                Column("tenure_months", "number", "months under contract so far"),
                Column("monthly_amount", "number", "bill of the latest month, in the study's currency"),
                Column("total_amount", "number", "all bills so far, in the study's currency"),
                Column("ended", "flag", "the customer left"),
            ),
            open_attributes=True,
        ),
        StandardTable(
            "applicants",
            "one applicant for credit",
            (
                _CUSTOMER,
                Column("applied_time", "time", "when credit was asked for"),
                Column("amount", "number", "credit asked for, in the study's currency"),
                Column("defaulted", "flag", "the credit was not repaid; missing while that is not known"),
            ),
            event_time="applied_time",
            open_attributes=True,
            key=("customer_id",),
        ),
        StandardTable(
            "leads",
            "one prospective customer",
            (
                _must("lead_id", "id", "the lead"),
                Column("customer_id", "id", "the customer it became, if any"),
                Column("time", "time", "when it was gained"),
                Column("stage", "text", "how far it has come"),
                Column("source", "text", "where it came from"),
                Column("expected_amount", "number", "expected order, in the study's currency"),
                Column("closed_date", "date", "when it was won or lost"),
                Column("region", "text", "sales region"),
                Column("seller_id", "id", "seller responsible"),
            ),
            event_time="time",
            key=("lead_id",),
        ),
        StandardTable(
            "lead_stages",
            "one stage entered by one lead",
            (
                _must("lead_id", "id", "the lead"),
                _must("stage", "text", "the stage: new, qualified, offer, negotiation, won, lost"),
                Column("time", "time", "when it was entered"),
                Column("step", "integer", "place of the stage in the history of the lead, from one"),
            ),
            event_time="time",
            key=("lead_id", "stage"),
        ),
        StandardTable(
            "sellers",
            "one seller",
            (
                _must("seller_id", "id", "the seller"),
                Column("seller_name", "text", "the seller's name"),
                Column("region", "text", "sales region"),
            ),
            key=("seller_id",),
        ),
        StandardTable(
            "activities",
            "how often one activity was done for one customer, on a day or in a year",
            (
                _CUSTOMER,
                _must("activity", "text", "name of the activity: order by telephone, delivery, visit"),
                _must("quantity", "number", "how often it was done"),
                Column("time", "time", "when it was done"),
                Column("year", "integer", "calendar year it was done in, where counts are kept by year"),
            ),
            event_time="time",
        ),
        StandardTable(
            "cost_pools",
            "what one activity cost in one year, for all customers together",
            (
                _must("activity", "text", "name of the activity, as in activities"),
                _must("quantity", "number", "how often it was done"),
                _must("cost", "number", "what it cost according to the books, in the study's currency"),
                Column("year", "integer", "calendar year"),
            ),
        ),
        StandardTable(
            "known_profit",
            "one customer whose true profit is known; read to score a measurement, never to make one",
            (
                _CUSTOMER,
                _must("profit", "number", "true profit over the history, before any charge for capital"),
            ),
            key=("customer_id",),
        ),
        StandardTable(
            "known_segments",
            "one customer whose true segment is known; read to score clusters, never to make one",
            (
                _CUSTOMER,
                _must("segment", "text", "the segment"),
            ),
            key=("customer_id",),
        ),
        StandardTable(
            "known_states",
            "one customer of whom it is known who is a customer still; read to score states, never to make them",
            (
                _CUSTOMER,
                _must("alive", "flag", "a customer still on the analysis date"),
                Column("left_on", "date", "day on which the customer left; empty for those who are customers still"),
            ),
            key=("customer_id",),
        ),
        StandardTable(
            "known_effects",
            "one customer of one campaign whose true effect is known; read to score an estimate, never to make one",
            (
                _CUSTOMER,
                _must("campaign_id", "id", "the campaign"),
                _must("effect", "number", "true change of the chance to respond by being contacted"),
            ),
            key=("customer_id", "campaign_id"),
        ),
        StandardTable(
            "known_fraud",
            "one account of which it is known whether it is fraudulent; read to score a list, never to make one",
            (
                _CUSTOMER,
                Column("fraud_pattern", "text", "how it cheats; empty for honest customers"),
            ),
            key=("customer_id",),
        ),
        StandardTable(
            "known_loyalty",
            "one customer whose true loyalty to brands is known; read to score an estimate, never to make one",
            (
                _CUSTOMER,
                _must("brand_loyalty", "number", "true utility of the favourite brand, in logits"),
            ),
            key=("customer_id",),
        ),
        StandardTable(
            "known_favourites",
            "one customer's true favourite brand in one category; read to score an estimate, never to make one",
            (
                _CUSTOMER,
                _must("category", "text", "product group, as in products"),
                _must("brand", "text", "the favourite brand"),
            ),
            key=("customer_id", "category"),
        ),
        StandardTable(
            "known_discounts",
            "one customer whose negotiated discount is known; read to score an estimate, never to make one",
            (
                _CUSTOMER,
                _must(
                    "negotiated_discount", "number", "true discount on every line, as a share of the price of the day"
                ),
            ),
            key=("customer_id",),
        ),
        StandardTable(
            "known_leaks",
            "one order with something truly given that nobody had agreed; read to score a search, never to make one",
            (
                _must("order_id", "id", "the order"),
                _must("leak", "number", "what was given, in the study's currency"),
            ),
            key=("order_id",),
        ),
        StandardTable(
            "action_scores",
            "one simulated company, and what its list of next actions gained beside other ways to spend the budget",
            (
                _must("seed", "integer", "seed of the company"),
                _must("list_gain", "number", "gain of the list after its cost, in the study's currency"),
                _must("random_gain", "number", "the same of customers and offers drawn by lot"),
                _must("past_spend_gain", "number", "the same of the customers who spent most"),
                _must("value_gain", "number", "the same of the customers of the highest contribution"),
                Column("expected_gain", "number", "gain that the list expected"),
            ),
            key=("seed",),
            of_business=False,
        ),
        StandardTable(
            "anomaly_scores",
            "one simulated company, and how many of its most unusual accounts are fraudulent in truth",
            (
                _must("seed", "integer", "seed of the company"),
                _must("rules_precision", "number", "share of the first fifty accounts by rules that are fraudulent"),
                _must("forest_precision", "number", "the same by an isolation forest on the habits of accounts"),
                Column("customers", "integer", "customers of the company"),
                Column("known_cases", "integer", "fraudulent accounts there are"),
            ),
            key=("seed",),
            of_business=False,
        ),
        StandardTable(
            "linkage_scores",
            "one level of errors in the records of a simulated company, and how well its records were linked",
            (
                _must("error_level", "number", "chance of a typing error per field"),
                _must("precision", "number", "share of the linked pairs that are right"),
                _must("recall", "number", "share of the right pairs that were linked"),
                *(
                    Column(f"{measure}_{end}", "number", f"{words} end of the 95 % interval of the {measure}")
                    for measure in ("precision", "recall", "f1")
                    for end, words in (("low", "lower"), ("high", "upper"))
                ),
                Column("f1", "number", "harmonic mean of precision and recall"),
                Column("records", "integer", "records linked"),
                Column("true_customers", "integer", "customers there are"),
                Column("customers_linked", "integer", "customers found"),
            ),
            key=("error_level",),
            of_business=False,
        ),
        StandardTable(
            "occasions",
            "one history of purchases on discrete occasions (years, issues, events), and how many customers share it",
            (
                _must("frequency", "integer", "occasions with a purchase, of those observed after the first purchase"),
                _must("last_occasion", "integer", "number of the last of them, counted from one; zero for none"),
                _must("occasions", "integer", "how many occasions were observed"),
                Column("customers", "integer", "customers who share this history; one each without the column"),
                Column("customer_id", "id", "the customer, where each history is one customer's"),
            ),
        ),
        StandardTable(
            "published_values",
            "one figure printed in the literature, to be set beside the suite's own",
            (
                _must("entry", "text", "short name of the quantity; figures of one entry belong together"),
                _must("item", "text", "which figure of the entry"),
                _must(
                    "published", "number", "the figure as printed (or, for the kind recomputed, as computed elsewhere)"
                ),
                _must("tolerance", "number", "largest difference that counts as the same, in the unit of the figure"),
                _must("kind", "text", "published, recomputed (no figure was printed) or given (an input)"),
                _must("measure", "text", "what is measured"),
                _must("source", "text", "author, year, where"),
                Column("unit", "text", "unit of the figure"),
                Column("reason", "text", "why the figure is not worked out; empty for all that are"),
            ),
            key=("entry", "item"),
            of_business=False,
        ),
    )
}
