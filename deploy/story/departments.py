"""Makes a city of the two departments of network.py: two more of them, their datasets of each sharing class, and what is
agreed about them. Social security keeps its register in PostgreSQL, the others in SQLite.
"""
import json
import os
import subprocess

import network
import postgres

MEMBERS = ("civil-affairs", "tax", "social-security", "market-regulation")
PENSION = "social-security-deaths-2026"
CONTRIBUTIONS = "tax-contributions-2026"
IDENTITY = "social-security-identity-2026"
ROWS_PER_DAY = 40  # of CONTRIBUTIONS

AGREEMENTS = {
    CONTRIBUTIONS: '''user = "tax"
owner = "social-security"
manager = "data-bureau"
dataset = "social-security/contribution"
fields = ["id_number", "name", "status", "month", "employer_code", "base", "paid_on"]
purposes = ["contribution-relief"]
legal_basis = "contribution-rules-5"
user_duty = "income-tax"
terms_zh = "仅用于核验社会保险费专项扣除；只含在缴人员"
terms_en = "only for checking deductions of contributions; of those who contribute now"
masks = {name = "keep-first-1"}
row_filter = 'context.row has status && context.row.status == "参保缴费"'
rows_max = 30
rows_per_day = %d
''' % ROWS_PER_DAY,
    IDENTITY: '''user = "social-security"
owner = "civil-affairs"
manager = "data-bureau"
dataset = "civil-affairs/household"
fields = ["id_number", "name", "birth_date", "household_size"]
actions = ["verify"]
purposes = ["pension"]
legal_basis = "social-insurance-law-74"
user_duty = "social-insurance"
terms_zh = "待遇资格认证，只核不取"
terms_en = "whether a pensioner is who he says he is; nothing is handed over"
''',
    PENSION: '''user = "social-security"
owner = "civil-affairs"
manager = "data-bureau"
dataset = "civil-affairs/death"
fields = ["id_number", "died_on"]
actions = ["query", "subscribe"]
purposes = ["pension"]
legal_basis = "social-insurance-law-74"
user_duty = "social-insurance"
terms_zh = "死亡后停发养老金"
terms_en = "to end a pension with a death"
''',
}


def make_members(world):
    network.make_members(world)
    network.admit(world, "social-security", "人力资源和社会保障局", "Social Security Bureau")
    network.admit(world, "market-regulation", "市场监督管理局", "Market Regulation Bureau")


def start_adapters(world):
    make_outbox(world)
    world.write("tax-relief.token", world.cli("application", "token", "tax-relief", "--adapter", "tax-adapter", "-o", "json")[0])
    network.start_adapter(world, "civil-affairs", ["household", "death", "adoption"])
    network.start_adapter(world, "tax", ["income"],
                          more='[applications]\nlisten = "unix:app.sock"\ntokens = "tokens.toml"\n')
    network.start_adapter(world, "market-regulation", ["enterprise"])
    put_contribution_map(world, "social-security")
    network.configure_adapter(world, "social-security", ["contribution"])
    world.adapter("social-security")


def token(world):
    """What tax's application shows to its own adapter."""
    with open(world.path("tax-relief.token"), encoding="utf-8") as file:
        return json.load(file)["token"]


def make_outbox(world):
    """Triggers in the owner's own database tell its adapter which deaths have changed."""
    sql = subprocess.run([f"{world.bin}/steelyard-adapter", "outbox", os.path.join(network.REGISTERS, "death.toml")],
                         check=True, capture_output=True, text=True).stdout
    subprocess.run(["sqlite3", world.path("registers", "civil-affairs.sqlite")], input=sql, check=True, text=True)


def put_contribution_map(world, member):
    """The map of the contributions in PostgreSQL, as a dataset of `member`."""
    with open(os.path.join(network.REGISTERS, "contribution.toml"), encoding="utf-8") as file:
        text = file.read()
    text = text.replace('id = "social-security/', f'id = "{member}/')
    text = text.replace('kind = "sqlite"\npath = "social-security.sqlite"  # beside this file\n', postgres.source(world))
    world.write(f"{member}-adapter/contribution.toml", text)


def make_catalogue(world):
    root = ["--home", "data-bureau-office"]
    network.make_catalogue(world)
    for member, duty, zh, en in (
            ("civil-affairs", "civil-registration", "婚姻、收养与殡葬登记", "Registration of marriages, adoptions and deaths"),
            ("social-security", "social-insurance", "社会保险经办", "Social insurance"),
            ("market-regulation", "market-entities", "经营主体登记", "Registration of enterprises")):
        world.cli("duty", "add", duty, "--member", member, "--name-zh", zh, "--name-en", en, "--source-zh", "三定规定",
                  "--source-en", "Mandate", *root)
    bases = ["social-insurance-law-74", "contribution-rules-5", "registration-rules-35", "civil-code-1110"]
    network.add_terms(world, basis=bases, purpose=["contribution-relief", "pension"])
    world.cli("application", "add", "pension-desk", "--name-zh", "养老待遇系统", "--name-en", "pension desk", "--home",
              "social-security-office")
    network.publish(world, "civil-affairs", "death", "civil-registration", "死亡登记信息", "Deaths", rows_max=10_000)
    network.publish(world, "civil-affairs", "adoption", "civil-registration", "收养登记信息", "Adoptions", "not-shared",
                    legal_basis="civil-code-1110", conditions_zh="收养人、送养人要求保守收养秘密的，其他人应当尊重其意愿，不得泄露",
                    conditions_en="where those concerned want an adoption kept secret, nobody may disclose it")
    network.publish(world, "market-regulation", "enterprise", "market-entities", "企业登记基本信息", "Enterprises",
                    "unconditional", legal_basis="registration-rules-35")
    network.publish(world, "social-security", "contribution", "social-insurance", "社会保险缴费信息", "Contributions")


def make_agreements(world):
    network.make_agreement(world)
    for agreement, terms in AGREEMENTS.items():
        world.write(f"{agreement}.toml", f'[agreement]\nid = "{agreement}"\n{terms}')
        user, owner = (line.split('"')[1] for line in terms.split("\n")[:2])
        world.cli("agreement", "propose", f"{agreement}.toml", "--home", f"{user}-office")
        network.approve(world, agreement, user, owner)
