"""Makes a network of two departments with the CLI alone: root manager, members, duties, catalogue, one agreement. The
demo adds two more (departments.py).
"""
import os
import shutil
import subprocess
import tomllib

from meanings import meaning

HERE = os.path.dirname(os.path.abspath(__file__))
REGISTERS = os.path.join(os.path.dirname(HERE), "registers")
BASELINE = os.path.join(os.path.dirname(HERE), "policies", "baseline.cedar")
VOCABULARY = os.path.join(os.path.dirname(HERE), "vocabulary", "vocabulary.toml")

GRANTED = ["id_number", "name", "birth_date", "household_id", "household_role", "household_size", "address",
           "updated_at"]


def dataset_toml(map_path, duty, system, title_zh, title_en, sharing_class="conditional", **more):
    """The description of a dataset, its fields as the adapter's map file names them; `more` are further keys of it."""
    with open(map_path, "rb") as file:
        mapped = tomllib.load(file)
    stated = {"update_cycle": "yearly", "rows_max": 100, **more}
    lines = ["[dataset]", f'id = "{mapped["dataset"]["id"]}"', f'duty = "{duty}"', f'system = "{system}"',
             f'title_zh = "{title_zh}"', f'title_en = "{title_en}"', f'sharing_class = "{sharing_class}"',
             *(f'{key} = "{value}"' if isinstance(value, str) else f"{key} = {value}" for key, value in stated.items())]
    for field in mapped["field"]:
        zh, en = meaning(mapped["dataset"]["id"], field["name"])
        lines += ["", "[[field]]", f'name = "{field["name"]}"', f'type = "{field["type"]}"', f'meaning_zh = "{zh}"',
                  f'meaning_en = "{en}"', f'identifier = {"true" if field["name"] == "id_number" else "false"}']
    return "\n".join(lines) + "\n"


def make_registers(world, seed, residents, *more):
    subprocess.run(["/usr/bin/python3", os.path.join(REGISTERS, "make.py"), "--out", world.path("registers"), "--seed",
                    str(seed), "--residents", str(residents), *more], check=True, stdout=subprocess.DEVNULL)


def make_members(world):
    world.cli("init", "--root", "data-bureau", "--name-zh", "数据局", "--name-en", "Data Bureau", "--origin",
              "log.demo.example", "--broker", "broker", "--office", "data-bureau-office", "--operators", "127.0.0.1:0",
              "--listen", f"tcp://127.0.0.1:{world.port}", "--suite", str(world.suite))
    world.broker()
    admit(world, "civil-affairs", "民政局", "Civil Affairs Bureau")
    admit(world, "tax", "税务局", "Tax Service")


def admit(world, member, zh, en):
    """Two folders of keys, the office's and the adapter's, and a statement that root manager and member sign."""
    world.cli("keys", "make", "--office", f"{member}-office", "--member", member, "--suite", str(world.suite))
    world.cli("keys", "make", "--adapter", f"{member}-adapter", "--member", member, "--suite", str(world.suite))
    world.cli("member", "add", member, "--name-zh", zh, "--name-en", en, "--keys", f"{member}-office/public.json",
              "--keys", f"{member}-adapter/public.json", "--home", "data-bureau-office", "--also-sign", f"{member}-office")
    for folder in (f"{member}-office", f"{member}-adapter"):
        world.cli("keys", "bind", "--home", folder, "--from", "broker/network.json")


def start_adapters(world):
    start_adapter(world, "civil-affairs", ["household"])
    start_adapter(world, "tax", ["income"])


def start_adapter(world, member, datasets, register="sqlite", more=""):
    """The adapter of a member with the maps of `datasets`, beside its register; `more` is added to its configuration."""
    folder = world.path(f"{member}-adapter")
    for dataset in datasets:
        shutil.copy(os.path.join(REGISTERS, f"{dataset}.toml"), folder)
    if register == "sqlite":
        shutil.copy(world.path("registers", f"{member}.sqlite"), folder)
    configure_adapter(world, member, datasets, more)
    return world.adapter(member)


def configure_adapter(world, member, datasets, more=""):
    with open(world.path(f"{member}-adapter", "identity.toml"), encoding="utf-8") as file:
        identity = file.read()
    maps = ", ".join(f'"{dataset}.toml"' for dataset in datasets)
    world.write(f"{member}-adapter/adapter.toml", f'{identity}maps = [{maps}]\noperators = "127.0.0.1:0"\n{more}')


def make_catalogue(world):
    root = ["--home", "data-bureau-office"]
    world.cli("policy", "publish", BASELINE, *root)
    for member, duty, zh, en in (("civil-affairs", "household-register", "户籍与家庭登记", "Register of households"),
                                 ("tax", "income-tax", "个人所得税征收", "Collection of income tax")):
        world.cli("duty", "add", duty, "--member", member, "--name-zh", zh, "--name-en", en, "--source-zh",
                  "三定规定", "--source-en", "Mandate", *root)
    add_terms(world, basis=["tax-law-15", "statistics-law"], purpose=["tax-relief", "statistics"], reason=["data-incident"])
    for member, application in (("tax", "tax-relief"), ("civil-affairs", "welfare")):
        world.cli("application", "add", application, "--name-zh", "业务系统", "--name-en", "business system", "--home",
                  f"{member}-office")
    publish(world, "civil-affairs", "household", "household-register", "家庭户籍信息", "Households")
    publish(world, "tax", "income", "income-tax", "个人收入信息", "Incomes")


def add_terms(world, **ids):
    """Registers terms of the city's vocabulary, ids by kind; a purpose after the bases that carry it."""
    with open(VOCABULARY, "rb") as file:
        vocabulary = tomllib.load(file)
    for kind, wanted in ids.items():
        terms = {term["id"]: term for term in vocabulary[kind]}
        for term in (terms[one] for one in wanted):
            world.cli("catalog", "term", "add", kind, term["id"], "--title-zh", term["title_zh"], "--title-en", term["title_en"],
                      "--article", term.get("article", ""), "--bases", ",".join(term.get("bases", [])), "--home",
                      "data-bureau-office")


def publish(world, member, dataset, duty, zh, en, sharing_class="conditional", **more):
    text = dataset_toml(world.path(f"{member}-adapter", f"{dataset}.toml"), duty, f"{member}-core", zh, en, sharing_class,
                        **more)
    world.write(f"{dataset}.dataset.toml", text)
    world.cli("catalog", "publish", f"{dataset}.dataset.toml", "--home", f"{member}-office", "--also-sign",
              "data-bureau-office")


def make_agreement(world):
    fields = ", ".join(f'"{field}"' for field in GRANTED)
    world.write("agreement.toml", f'''[agreement]
id = "tax-household-2026"
user = "tax"
owner = "civil-affairs"
manager = "data-bureau"
dataset = "civil-affairs/household"
fields = [{fields}]
purposes = ["tax-relief"]
legal_basis = "tax-law-15"
user_duty = "income-tax"
terms_zh = "仅用于核验赡养与子女教育专项附加扣除"
terms_en = "only for checking relief for dependants and children's education"
rows_max = 50
''')
    world.cli("agreement", "propose", "agreement.toml", "--home", "tax-office")
    approve(world, "tax-household-2026", "tax", "civil-affairs")


def approve(world, agreement, user, owner):
    """By all three, each with its own office key."""
    for role, office in (("user", user), ("owner", owner), ("manager", "data-bureau")):
        world.cli("agreement", "approve", agreement, "--role", role, "--home", f"{office}-office")
