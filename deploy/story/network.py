"""Makes the network of the demo with the CLI alone: root manager, members, duties, catalogue, one agreement."""
import os
import shutil
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
REGISTERS = os.path.join(os.path.dirname(HERE), "registers")
BASELINE = os.path.join(os.path.dirname(HERE), "policies", "baseline.cedar")

MEANINGS = {
    "id_number": ("公民身份号码", "identity number"), "name": ("姓名", "name"), "sex": ("性别", "sex"),
    "birth_date": ("出生日期", "date of birth"), "household_id": ("户号", "household number"),
    "household_role": ("与户主关系", "relation to the head of household"),
    "household_size": ("家庭人口数", "persons in the household"), "division": ("行政区划代码", "division code"),
    "address": ("住址", "address"), "phone": ("联系电话", "telephone"), "marital_status": ("婚姻状况", "marital status"),
    "updated_at": ("更新时间", "time of the last change"), "tax_year": ("纳税年度", "tax year"),
    "income": ("应税收入", "taxable income"), "tax_paid": ("已缴税额", "tax paid"), "employer": ("任职单位", "employer"),
    "credit_level": ("纳税信用级别", "tax credit level"), "declared_on": ("申报日期", "date of the declaration"),
    "settled": ("是否汇算清缴", "settled"),
}
GRANTED = ["id_number", "name", "birth_date", "household_id", "household_role", "household_size", "address",
           "updated_at"]


def dataset_toml(map_path, duty, system, title_zh, title_en):
    """The description of a dataset, its fields as the adapter's map file names them."""
    import tomllib
    with open(map_path, "rb") as file:
        mapped = tomllib.load(file)
    lines = ["[dataset]", f'id = "{mapped["dataset"]["id"]}"', f'duty = "{duty}"', f'system = "{system}"',
             f'title_zh = "{title_zh}"', f'title_en = "{title_en}"', 'update_cycle = "yearly"',
             'sharing_class = "conditional"', "rows_max = 100"]
    for field in mapped["field"]:
        zh, en = MEANINGS[field["name"]]
        lines += ["", "[[field]]", f'name = "{field["name"]}"', f'type = "{field["type"]}"', f'meaning_zh = "{zh}"',
                  f'meaning_en = "{en}"', f'identifier = {"true" if field["name"] == "id_number" else "false"}']
    return "\n".join(lines) + "\n"


def make_registers(world, seed, residents):
    subprocess.run(["/usr/bin/python3", os.path.join(REGISTERS, "make.py"), "--out", world.path("registers"), "--seed",
                    str(seed), "--residents", str(residents)], check=True, stdout=subprocess.DEVNULL)


def make_members(world):
    world.cli("init", "--root", "data-bureau", "--name-zh", "数据局", "--name-en", "Data Bureau", "--origin",
              "log.demo.example", "--broker", "broker", "--office", "data-bureau-office", "--operators", "127.0.0.1:0",
              "--listen", f"tcp://127.0.0.1:{world.port}", "--suite", str(world.suite))
    world.broker()
    names = {"civil-affairs": ("民政局", "Civil Affairs Bureau"), "tax": ("税务局", "Tax Service")}
    for member, (zh, en) in names.items():
        world.cli("keys", "make", "--office", f"{member}-office", "--member", member, "--suite", str(world.suite))
        world.cli("keys", "make", "--adapter", f"{member}-adapter", "--member", member, "--suite", str(world.suite))
        world.cli("member", "add", member, "--name-zh", zh, "--name-en", en, "--keys", f"{member}-office/public.json",
                  "--keys", f"{member}-adapter/public.json", "--home", "data-bureau-office", "--also-sign",
                  f"{member}-office")
        for folder in (f"{member}-office", f"{member}-adapter"):
            world.cli("keys", "bind", "--home", folder, "--from", "broker/network.json")


def start_adapters(world):
    for member, dataset in (("civil-affairs", "household"), ("tax", "income")):
        folder = world.path(f"{member}-adapter")
        shutil.copy(os.path.join(REGISTERS, f"{dataset}.toml"), folder)
        shutil.copy(world.path("registers", f"{member}.sqlite"), folder)
        with open(os.path.join(folder, "identity.toml"), encoding="utf-8") as file:
            identity = file.read()
        world.write(f"{member}-adapter/adapter.toml", identity + f'maps = ["{dataset}.toml"]\noperators = "127.0.0.1:0"\n')
        world.adapter(member)


def make_catalogue(world):
    root = ["--home", "data-bureau-office"]
    world.cli("policy", "publish", BASELINE, *root)
    for member, duty, zh, en in (("civil-affairs", "household-register", "户籍与家庭登记", "Register of households"),
                                 ("tax", "income-tax", "个人所得税征收", "Collection of income tax")):
        world.cli("duty", "add", duty, "--member", member, "--name-zh", zh, "--name-en", en, "--source-zh",
                  "三定规定", "--source-en", "Mandate", *root)
    world.cli("catalog", "term", "add", "basis", "tax-law-15", "--title-zh", "个人所得税法第十五条", "--title-en",
              "Individual Income Tax Law, article 15", "--article", "15", *root)
    for purpose, zh, en in (("tax-relief", "专项附加扣除核验", "Checking of tax relief"),
                            ("statistics", "统计分析", "Statistics")):
        world.cli("catalog", "term", "add", "purpose", purpose, "--title-zh", zh, "--title-en", en, "--bases",
                  "tax-law-15", *root)
    world.cli("catalog", "term", "add", "reason", "data-incident", "--title-zh", "数据安全事件", "--title-en",
              "data incident", *root)
    for member, application in (("tax", "tax-relief"), ("civil-affairs", "welfare")):
        world.cli("application", "add", application, "--name-zh", "业务系统", "--name-en", "business system", "--home",
                  f"{member}-office")
    for member, dataset, duty, zh, en in (
            ("civil-affairs", "household", "household-register", "家庭户籍信息", "Households"),
            ("tax", "income", "income-tax", "个人收入信息", "Incomes")):
        world.write(f"{dataset}.dataset.toml",
                    dataset_toml(os.path.join(REGISTERS, f"{dataset}.toml"), duty, f"{member}-core", zh, en))
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
    for role, office in (("user", "tax"), ("owner", "civil-affairs"), ("manager", "data-bureau")):
        world.cli("agreement", "approve", "tax-household-2026", "--role", role, "--home", f"{office}-office")
