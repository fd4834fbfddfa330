"""The steps about what changes around agreements: heads, laws, bureaus."""
import json

import departments
import network
from subscribing import Subscribing

ALL = ("tax", "civil-affairs", "social-security", "market-regulation", "data-bureau")


class Changes(Subscribing):
    def phases(self):
        out, _ = self.world.cli("-o", "json", "agreement", "list", "--home", "tax-office")
        return {row["agreement"]: row["phase"] for row in json.loads(out)}

    def new_head(self):
        self.step("The head of civil affairs changes, and nothing happens")
        before = self.phases()
        waiting = [office for office in ALL
                   if json.loads(self.world.cli("-o", "json", "agreement", "pending", "--mine", "--home", f"{office}-office")[0])]
        self.need(not waiting, f"something waits on {waiting}")
        said = self.ask("--fields", "name", "--where", f"id_number={self.person}", "--purpose", "tax-relief",
                        "--no-wait-receipt")
        self.need(len(said["rows"]) == 1 and self.phases() == before, "something has changed")
        terms = json.loads(self.world.cli("-o", "json", "agreement", "show", "tax-household-2026", "--home", "tax-office")[0])
        print(f"  {terms['owner']} agreed, not its head: no agreement names a person, none waits for a signature, "
              f"{len(before)} go on")

    def law_repealed(self):
        self.step("A law is repealed, and what stood on it stops; under another law it goes on")
        root = ["--home", "data-bureau-office"]
        self.world.cli("catalog", "term", "end", "basis", "contribution-rules-5", *root)
        phases = self.phases()
        stopped = [agreement for agreement, phase in phases.items() if phase != "active"]
        self.need(stopped == [departments.CONTRIBUTIONS], f"stopped: {stopped}")
        print(f"  repealed contribution-rules-5: {', '.join(stopped)} is suspended, nobody had to do anything")
        self.refused("agreement-suspended", "--fields", "month", "--where", f"id_number={self.person}", "--no-wait-receipt",
                     base=self.contributions_base())
        self.world.cli("agreement", "renew", departments.CONTRIBUTIONS, "--basis", "social-insurance-law-74", "--home", "tax-office")
        network.approve(self.world, departments.CONTRIBUTIONS, "tax", "social-security")
        self.need(self.phases()[departments.CONTRIBUTIONS] == "active", "it is not active again")
        print("  renewed under social-insurance-law-74, approved by all three: active again")

    def bureaus_merge(self):
        self.step("Two bureaus merge: social security's duty passes to civil affairs, and its agreement follows")
        root = ["--home", "data-bureau-office"]
        self.world.cli("duty", "pass", "social-insurance", "--to", "civil-affairs", *root)
        self.need(self.phases()[departments.CONTRIBUTIONS] != "active", "it goes on without the duty")
        print(f"  the duty has passed on: {departments.CONTRIBUTIONS} is suspended")
        self.world.end("civil-affairs-adapter")
        departments.put_contribution_map(self.world, "civil-affairs")
        network.configure_adapter(self.world, "civil-affairs", ["household", "death", "adoption", "contribution"])
        self.world.adapter("civil-affairs")
        network.publish(self.world, "civil-affairs", "contribution", "social-insurance", "社会保险缴费信息", "Contributions")
        self.world.cli("agreement", "renew", departments.CONTRIBUTIONS, "--home", "tax-office")
        network.approve(self.world, departments.CONTRIBUTIONS, "tax", "civil-affairs")
        self.contributions_of = "civil-affairs"
        number, _ = self.contributor("参保缴费")
        rows = self.contributions("--fields", "month,base", "--where", f"id_number={number}", "--no-wait-receipt")["rows"]
        self.need(rows and self.phases()[departments.CONTRIBUTIONS] == "active", "it is not active again")
        print("  civil affairs publishes the dataset from the same database, all three approve: active again; what the two "
              "bureaus had agreed between them stays suspended")
