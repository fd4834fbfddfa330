"""The steps about what may be shared, how far: classes, masks, row filters, claims, quotas; and who may see what."""
import http.client
import json
import socket

import departments
import network
from exchanges import Exchanges

FROM_PENSIONS = ["--application", "pension-desk", "--home", "social-security-office", "--purpose", "pension"]
FROM_TAX = ["--application", "tax-relief", "--home", "tax-office", "--operator", "op-0417", "--case", "2026-00124"]


class Sharing(Exchanges):
    """`contributions_of` publishes the contributions now; `counted` are the rows of them that came today."""

    def __init__(self, world):
        super().__init__(world)
        self.contributions_of = "social-security"
        self.counted = 0

    def contributions_base(self):
        return ["query", f"{self.contributions_of}/contribution", "--purpose", "contribution-relief", *FROM_TAX]

    def contributions(self, *more):
        said = self.ask(*more, base=self.contributions_base())
        self.counted += len(said["rows"])
        return said

    def unconditional(self):
        self.step("Shared with everybody (无条件共享): an enterprise by its credit code, under no agreement")
        (code, name), = self.rows("market-regulation", "SELECT credit_code, name FROM enterprises WHERE status = '存续' LIMIT 1")
        said = self.ask("--fields", "credit_code,name,status,legal_representative", "--where", f"credit_code={code}",
                        base=["query", "market-regulation/enterprise", "--purpose", "statistics", *FROM_TAX])
        self.need([row["name"] for row in said["rows"]] == [name], "not the enterprise")
        out, _ = self.world.cli("agreement", "list", "--home", "tax-office")
        self.need("market-regulation/enterprise" not in out, "there is an agreement about it")

    def not_shared(self):
        self.step("Not shared (不予共享): adoptions, to nobody, and by which law")
        self.refused("not-permitted", "--fields", "id_number,adopter", "--purpose", "tax-relief",
                     base=["query", "civil-affairs/adoption", *FROM_TAX])
        out, _ = self.world.cli("-o", "json", "catalog", "show", "civil-affairs/adoption", "--home", "tax-office")
        shown = json.loads(out)
        self.need((shown["sharing_class"], shown["legal_basis"]) == ("not-shared", "civil-code-1110"), "not the legal basis")
        print(f"  because:  {shown['sharing_class']}, {shown['legal_basis']}: {shown['conditions']['zh']}")

    def contributor(self, status):
        """Somebody of that status who has contributed in some of the months."""
        return self.rows("social-security", "SELECT id_number, name FROM contribution WHERE status = ? GROUP BY id_number "
                                            "HAVING count(*) > 4 LIMIT 1", status)[0]

    def masked_and_filtered(self):
        self.step("From PostgreSQL: a masked name; and a row outside the filter, which does not come, as the status says")
        number, name = self.contributor("参保缴费")
        said = self.contributions("--fields", "name,month,base,paid_on", "--where", f"id_number={number}")
        self.need({row["name"] for row in said["rows"]} == {name[0] + "*"}, "the name is not masked")
        self.need(said["masked"] == {"name": "keep-first-1"}, "nobody is told that it is masked")
        self.need(said["status"] == "filtered", "the status does not say that a filter applies")
        number, _ = self.contributor("暂停缴费")
        said = self.contributions("--fields", "month", "--where", f"id_number={number}")
        self.need((said["rows"], said["status"]) == ([], "filtered"), "a row outside the filter came")
        print("  filtered: who contributes no longer is not in the agreement; no rows proves nothing")

    def claims(self):
        self.step("Claims about one person are true, false or unknown; no data comes")
        (number, name, size), = self.rows("civil-affairs", "SELECT id_number, name, household_size FROM household LIMIT 1")
        for who, claims, truths in (
                (number, [f"name={name}", f"household_size>{size}"], ["true", "false"]),
                ("330203190001010000", [f"name={name}"], ["unknown"])):
            arguments = ["-o", "json", "verify", "civil-affairs/household", *FROM_PENSIONS, "--where", f"id_number={who}"]
            for claim in claims:
                arguments += ["--claim", claim]
            self.shell("asked:  ", arguments)
            said = json.loads(self.world.cli(*arguments)[0])
            for claim in said["claims"]:
                print(f"  answered: {claim['claim']}: {claim['truth']}")
            self.need([claim["truth"] for claim in said["claims"]] == truths, f"not {truths}")
            self.need(not said["rows"], "rows came")

    def quota(self):
        self.step(f"{departments.ROWS_PER_DAY} rows a day are agreed; the rest of them come, then none")
        people = self.rows("social-security", "SELECT id_number FROM contribution WHERE status = '参保缴费' "
                                              "GROUP BY id_number HAVING count(*) > 9 LIMIT 9")
        for (number,) in people:
            ask = ["--fields", "month,base", "--where", f"id_number={number}"]
            if self.counted >= departments.ROWS_PER_DAY:
                break
            self.contributions(*ask, "--no-wait-receipt")
        self.need(self.counted == departments.ROWS_PER_DAY, f"{self.counted} rows came")
        self.refused("quota-exceeded", *ask, base=self.contributions_base())

    def what_may_tax_see(self):
        self.step("What may tax see of the household register? Its own applications ask their adapter")
        page = self.api("/v1/catalog/civil-affairs/household")
        usable = [field for field in page["fields"] if field["usable"]]
        for field in usable:
            print(f"  may:      {field['name']:<16} {field['meaning']['zh']}")
        print("  may not:  " + ", ".join(field["name"] for field in page["fields"] if not field["usable"]))
        self.need({field["name"] for field in usable} == set(network.GRANTED), "not what is agreed")
        agreements = [a for a in self.api("/v1/agreements")["agreements"] if a["dataset"] == "civil-affairs/household"]
        for agreement in agreements:
            print(f"  under:    {agreement['agreement']} ({agreement['phase']}), for {', '.join(agreement['purposes'])}, by "
                  f"{agreement['legal_basis']}: {agreement['terms']['zh']}")
        self.need([a["agreement"] for a in agreements] == ["tax-household-2026"], "not the agreement")

    def api(self, path):
        """What the tax adapter answers to an application, over its Unix socket."""
        connection = SocketConnection(self.world.path("tax-adapter", "app.sock"))
        connection.request("GET", path, headers={"Authorization": f"Bearer {departments.token(self.world)}"})
        response = connection.getresponse()
        body = response.read()
        connection.close()
        self.need(response.status == 200, f"{path} is answered with {response.status}: {body[:300]!r}")
        return json.loads(body)


class SocketConnection(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path):
        super().__init__("localhost", timeout=10)
        self._path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)
