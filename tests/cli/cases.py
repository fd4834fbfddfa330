"""The cases of bad_input.py: what a stranger may get wrong, and what must be said of it.

Paths below in/ are a case's own files. CASES need no broker, LIVE have one, AWAY have none and ask for one.
"""
import os


class Case:
    def __init__(self, command, exit, pieces=(), files=None, json=False, never=(), says="", stdout="", lines_before=0,
                 stdin=b""):
        self.command, self.exit, self.pieces, self.files = list(command), exit, list(pieces), files or {}
        self.stdin = stdin
        self.json, self.never, self.says, self.stdout, self.lines_before = json, list(never), says, stdout, lines_before


def cli(line, exit, *pieces, files=None, **more):
    """A command line of `steelyard`, split at spaces."""
    return Case(["steelyard", *line.split()], exit, pieces, files, **more)


CATALOGUE = "名称,代码,信息项,字段名,数据类型,共享类型,更新周期\n户籍,hj,姓名,name,字符型,有条件共享,每日\n"

DATASET = """[dataset]
id = "civil/household"
duty = "register"
system = "residents"
title_zh = "家庭"
title_en = "Households"

[[field]]
name = "id_number"
type = "string"
meaning_zh = "号码"
meaning_en = "identity number"
identifier = true

[[field]]
name = "born"
type = "date"
meaning_zh = "出生日期"
meaning_en = "date of birth"
"""
SHOP = ("entity User = { name: String, age?: Long }; entity File;\n"
        "action view appliesTo { principal: [User], resource: [File], context: {} };")
TYPO = 'permit (principal == Usr::"a", action, resource);'
ASKED = '--principal User::"a" --action Action::"b" --resource File::"c"'
TWICE = '@id("a") permit (principal, action, resource);\n@id("a") permit (principal, action, resource);'
LINKED = ('{"templates": {"t": {"effect": "permit", "principal": {"op": "==", "slot": "?principal"}, "action": {"op": "All"}, '
          '"resource": {"op": "All"}, "conditions": []}}, "templateLinks": [{"templateId": "t", "newId": "l", "values": '
          '{"?principal": {"type": "User", "id": "a"}}}]}')
AGREEMENT = """[agreement]
id = "relief"
user = "tax"
owner = "civil"
manager = "bureau"
dataset = "civil/household"
fields = ["id_number", "born"]
purposes = ["relief"]
legal_basis = "law"
user_duty = "income"
"""
MAP = """[dataset]
id = "civil/household"
[source]
kind = "sqlite"
path = "people.sqlite"
table = "people"
key = "id_number"
[[field]]
name = "id_number"
type = "string"
"""
GARBAGE = bytes((i * 7919 + i // 251) % 256 for i in range(4096))
SECRET = "steelyard-key:v1:ed25519:" + "A" * 43 + "="


def without(text, line):
    assert line in text
    return "".join(one + "\n" for one in text.splitlines() if not one.startswith(line))


def changed(text, old, new):
    assert old in text, old
    return text.replace(old, new)


CASES = [
    # The command line itself.
    cli("", 2, "needs a word after it", "agreement", "--help"),
    cli("frobnicate", 2, "there is no `steelyard frobnicate`;", "--help"),
    cli("veryfy x --y", 2, "there is no `steelyard veryfy`: `steelyard verify` is near;", "--help"),
    cli("agreement aprove relief --home tax", 2, "there is no `steelyard agreement aprove`", "`steelyard agreement approve`"),
    cli("catalog term ad basis law", 2, "`steelyard catalog term add`"),
    cli("--frob veryfy", 2, "unknown argument `--frob`;"),
    cli("-o xml keys show tax", 2, "xml", "table,json,csv"),
    cli("-o json frobnicate", 2, "frobnicate", json=True),
    cli("--output=json keys show nowhere", 2, "nowhere", json=True),
    cli("keys show tax --home", 2, "--home"),
    cli("member list", 2, "--home is required", "STEELYARD_HOME"),
    cli("log head broker/head/checkpoint extra", 2, "extra"),
    cli("receipt list --home tax --newest ten", 2, "--newest", "ten"),
    cli("receipt list --home tax --newest 0", 2, "--newest", "1 or more"),

    # init.
    *[cli(f"init --root r --name-zh x --name-en y --origin log.x --broker in/b --office in/o {more}", 2, *pieces)
      for more, pieces in [
          ("--suite 99", ["--suite", "99"]), ("--suite -1", ["--suite"]), ("--suite x", ["--suite"]),
          ("--suite 99999999999999999999", ["--suite"]), ("--listen tcp://nowhere", ["--listen", "tcp://HOST:PORT"]),
          ("--listen ipc:///tmp/x", ["--listen"]), ("--listen tcp://a:70000", ["--listen"]),
          ("--listen tcp://127.0.0.1:*", ["--listen"])]],
    cli("init --root Root --name-zh x --name-en y --origin log.x --broker in/b --office in/o", 2, "--root", "`Root`"),
    cli("init --root r --name-zh x --name-en y --origin Log! --broker in/b --office in/o", 2, "--origin", "`Log!`"),
    Case(["steelyard", "init", "--root", "r", "--name-zh", "", "--name-en", "y", "--origin", "log.x", "--broker", "in/b",
          "--office", "in/o"], 2, ["--name-zh"]),
    Case(["steelyard", "init", "--root", "r", "--name-zh", "x", "--name-en", "y", "--origin", "log.x", "--broker", "",
          "--office", "in/o"], 2, ["--broker"]),
    cli("init --root r --name-zh x --name-en y --origin log.x --broker in/b --office in/b/", 2, "two folders"),
    cli("init --root r --name-zh x --name-en y --origin log.x --broker in/no/b --office in/o", 2, "in/no/b", "no such"),
    cli("init --root r --name-zh x --name-en y --origin log.x --broker in/b --office in/no/o", 2, "in/no/o", "no such"),
    cli("init --root r --name-zh x --name-en y --origin log.x --broker broker --office in/o", 2, "exists already"),
    cli("init --root r --name-zh x --name-en y --origin log.x --broker in/b --office tax", 2, "exists already"),
    cli("init --root r --name-zh x --name-en y --origin log.x --broker in/b --office in/o", 2, "in/b", "not a directory",
        files={"b": "a file"}),
    cli("init --root r --name-zh x --name-en y --origin log.x --broker in/b --office in/o", 2, "head",
        files={"b/head": "a file where a folder belongs"}),
    cli("init --root r --name-zh x --name-en y --origin log.x --broker in/b --office in/o", 2, "store.new",
        files={"b/store.new": "left by somebody"}),
    cli("init --root r --name-zh x --name-en y --origin log.x --broker /proc/b --office in/o", 2, "/proc/b"),

    # keys.
    cli("keys make --member x", 2, "--office DIR or --adapter DIR"),
    cli("keys make --office in/a --adapter in/b --member x", 2, "name one folder"),
    cli("keys make --office in/a --member X", 2, "--member", "`X`"),
    cli("keys make --office in/a --member x --suite 7", 2, "--suite", "7"),
    cli("keys make --office tax --member tax", 2, "tax/office.key", "exists already"),
    cli("keys make --office in/no/a --member x", 2, "in/no/a", "check the path"),
    cli("keys make --office in/a --member x", 2, "in/a", "file exists", files={"a": ""}),
    cli("keys make --office in/a --member x", 2, "public.json", "exists already", files={"a/public.json": "{}"}),
    cli("keys make --adapter /proc/a --member x", 2, "/proc/a"),
    cli("keys show nowhere", 2, "nowhere", "no such file", "check the path"),
    cli("keys show in", 2, "in/public.json"),
    cli("keys show in/k", 2, "in/k:1:1:", files={"k": ""}),
    cli("keys show in/k", 2, "in/k:2:", files={"k": '{\n  nonsense\n}'}),
    cli("keys show in/k", 2, "in/k", files={"k": GARBAGE}),
    cli("keys show tax/office.key", 2, "tax/office.key:1:1:"),
    cli("keys show broker/network.json", 2, "not a file of public keys", "keys make"),
    cli("keys show in/k", 2, "in/k", "`keys`", files={"k": '{"format": "steelyard-public-keys/v1", "member": "tax"}'}),
    cli("keys show in/k", 2, "in/k", "not a regular file", files={"k": ("fifo", "")}),
    cli("keys show in/k", 2, "in/k", files={"k": ("link", "k")}),
    cli("keys bind --home nowhere --from broker/network.json", 2, "nowhere/public.json"),
    cli("keys bind --home tax --from broker/network.json", 2, "tax/identity.toml", "exists already"),
    cli("keys bind --home in --from nowhere", 2, "nowhere", "no such file"),
    cli("keys bind --home in --from broker", 2, "broker", "is a directory", "name a file in it"),
    cli("keys bind --home in --from tax/public.json", 2, "not a network file", "steelyard init"),
    cli("keys bind --home in --from tax/office.key", 2, "tax/office.key:1:1:"),
    cli("keys bind --home in", 2, "--from NETWORK.json", "--genesis"),
    cli("keys bind --home in --genesis 12 --broker-key x --endpoint y", 2, "--genesis", "64 hexadecimal digits"),
    cli(f"keys bind --home in --genesis {'0' * 64} --broker-key x --endpoint y", 2, "--broker-key"),
    cli(f"keys bind --home in --genesis {'0' * 64} --broker-key curve:{'A' * 43}= --endpoint y", 2, "--broker-key"),
    cli("keys bind --home in --from in/n.json", 2, "in/n.json", "`suite`",
        files={"n.json": '{"format": "steelyard-network/v1", "origin": "o", "genesis": "' + "0" * 64 +
                         '", "suite": 1000, "endpoint": "tcp://a:1", "broker_key": "", "log_key": ""}'}),
    cli("keys bind --home in --from broker/network.json --endpoint 127.0.0.1:7401", 2, "tcp://HOST:PORT"),
    cli("keys bind --home in --from broker/network.json", 2, "message.key", files={"public.json": ("copy",
                                                                                               "tax/public.json")}),

    # A folder of your own that is not right.
    cli("member list --home nowhere", 2, "nowhere/identity.toml", "keys bind"),
    cli("member list --home in", 2, "in/identity.toml:1:7:", "not TOML", files={"identity.toml": "member\n"}),
    cli("member list --home in", 2, "in/identity.toml", "`member`", files={"identity.toml": ""}),
    cli("member list --home in", 2, "in/identity.toml", "larger than", files={"identity.toml": "#" * (1 << 21)}),
    cli("member list --home in", 2, "in/identity.toml:3:", "message_key", "message.key",
        files={"identity.toml": 'member = "tax"\nendpoint = "tcp://a:1"\nmessage_key = "message.key"\n'}),
    cli("member list --home in", 2, "in/identity.toml:3:", "found a key", never=["AAAA"],
        files={"identity.toml": f'member = "tax"\nendpoint = "tcp://a:1"\nmessage_key = "{SECRET}"\n'}),
    cli("member list --home in", 2, "message.key", "chmod 600",
        files={"identity.toml": 'member = "tax"\nendpoint = "tcp://a:1"\nmessage_key = "message.key"\n',
               "message.key": (0o644, SECRET + "\n")}),
    cli("member list --home in", 2, "in/identity.toml:2:", "endpoint", "tcp://HOST:PORT",
        files={"identity.toml": 'member = "tax"\nendpoint = "tcp://a"\nmessage_key = "message.key"\n'}),
    cli("member list --home in", 2, "in/identity.toml:1:", "member", files={"identity.toml": 'member = "Tax"\n'}),
    cli("member list --home in", 2, "in/identity.toml:1:", "string", files={"identity.toml": "member = 7\n"}),
    cli("member list --home in", 2, "in/identity.toml:2:", files={"identity.toml": 'member = "a"\nmember = "b"\n'}),
    cli("member list --home in", 2, "in/identity.toml", files={"identity.toml": GARBAGE}),
    cli("member list --home in", 2, "in/identity.toml", "is a directory", files={"identity.toml": None}),

    # Statements: files and offices.
    *[cli(f"{verb} {path} --home tax", 2, *pieces, files=files)
      for verb in ("sign", "submit")
      for path, pieces, files in [
          ("nowhere", ["nowhere", "no such file"], None), ("broker", ["is a directory"], None),
          ("in/s", ["in/s:1:1:"], {"s": ""}), ("in/s", ["in/s"], {"s": GARBAGE}),
          ("in/s", ["in/s:1:"], {"s": '{"format": '}), ("broker/network.json", ["not a statement file"], None),
          ("in/s", ["in/s", "`document`"], {"s": '{"format": "steelyard-statement/v1"}'}),
          ("in/s", ["in/s"], {"s": '{"format": "steelyard-statement/v1", "document": "?", "signatures": ""}'}),
          ("in/s", ["in/s"], {"s": '{"format": "steelyard-statement/v1", "document": "AAAA", "signatures": ""}'}),
          ("tax/office.key", ["tax/office.key:1:1:"], None)]],
    cli("member add X --name-zh x --name-en y --keys tax --home bureau", 2, "`X`"),
    cli("member add x --name-zh x --name-en y --keys tax --home bureau", 2, "`tax`", "`x`"),
    cli("member add x --name-zh x --name-en y --keys nowhere --home bureau", 2, "nowhere"),
    cli("member add tax --name-zh x --name-en y --keys tax --home nowhere", 2, "nowhere/office.toml", "keys make"),
    cli("member add tax --name-zh x --name-en y --keys tax --home tax-adapter", 2, "office.toml", "--office"),
    cli("member add tax --name-zh x --name-en y --keys tax --home bureau --also-sign tax-adapter", 2, "office.toml"),
    cli("member add tax --name-zh x --name-en y --keys tax --home bureau --out broker/network.json", 2,
        "exists already"),
    cli("member add tax --name-zh x --name-en y --keys tax --home in", 2, "in/office.toml:1:", "surplus",
        files={"office.toml": 'surplus = 1\nmember = "tax"\noffice_key = "office.key"\n',
               "office.key": ("copy", "tax/office.key")}),
    *[cli("duty add d --member tax --name-zh x --name-en y --home in", 2, *pieces, never=["AAAA"],
          files={"office.toml": 'member = "tax"\noffice_key = "office.key"\n', "office.key": key})
      for key, pieces in [
          ((0o600, ""), ["in/office.key:1:", "steelyard-key:v1"]), ((0o600, SECRET[:30]), ["in/office.key:1:"]),
          ((0o600, GARBAGE[:200]), ["in/office.key:1:"]), ((0o600, SECRET.replace("ed25519", "rsa")), ["in/office.key:1:"]),
          ((0o640, SECRET), ["in/office.key", "chmod 600"]), ((0o604, SECRET), ["chmod 600"]),
          (None, ["in/office.key", "not a regular file"]),
          ((0o600, SECRET.replace("ed25519", "curve")), ["in/office.key"])]],
    cli("duty add D --member tax --name-zh x --name-en y --home bureau", 2, "`D`"),
    cli("duty add d --member T --name-zh x --name-en y --home bureau", 2, "--member", "`T`"),
    cli("application add A! --name-zh x --name-en y --home tax", 2, "`A!`"),
    cli("application token A! --adapter tax-adapter", 2, "`A!`"),
    cli("application token app --adapter in", 2, "--adapter", "adapter.toml"),
    cli("application token app --adapter tax-adapter --expires soon", 2, "--expires", "2027-01-01"),
    cli("application token app --adapter tax-adapter --expires 2020-01-01", 2, "--expires", "past"),
    *[cli("application token app --adapter in", 2, *pieces, files={"identity.toml": "", "tokens.toml": tokens})
      for tokens, pieces in [((0o640, ""), ["in/tokens.toml", "chmod 600"]), ((0o600, "tokens = 1"), ["in/tokens.toml:1:"]),
                             ((0o600, '[[token]]\napplication = "app"\nsha256 = "00"'), ["in/tokens.toml:3:", "`"])]],
    cli("catalog term add colour red --title-zh x --title-en y --home bureau", 2, "`colour`", "purpose, basis or reason"),
    cli("catalog term add purpose R --title-zh x --title-en y --home bureau", 2, "`R`"),
    cli("catalog term add purpose r --title-zh x --title-en y --bases a,B --home bureau", 2, "--bases", "`B`"),
    *[cli(f"catalog import in/c.csv --owner civil --duty d --system s --out in/{out}", 2, *pieces, files={"c.csv": text})
      for text, out, pieces in [
          ("", "o", ["in/c.csv:1:", "empty"]), ("名称,代码\nx,y\n", "o", ["in/c.csv:1:更新周期", "missing", "nothing was written"]),
          ('a,"b\n', "o", ["in/c.csv: line 1:", "does not end"]), (CATALOGUE.replace("每日", "每旬"), "o", ["in/c.csv:2:更新周期", "每旬"]),
          (CATALOGUE.replace("hj", "户"), "o", ["in/c.csv:2:代码", "id"]), (CATALOGUE, "c.csv", ["in/c.csv"])]],
    cli("catalog import nowhere.csv --owner civil --duty d --system s --out in/o", 2, "nowhere.csv", "no such file"),
    cli("catalog import in/c.csv --owner Civil --duty d --system s --out in/o", 2, "--owner", "`Civil`",
        files={"c.csv": CATALOGUE}),

    # Dataset files.
    *[cli("catalog publish in/d.toml --home civil", 2, *pieces, files={"d.toml": text})
      for text, pieces in [
          ("", ["in/d.toml:1:1:", "[dataset]"]), ("[dataset\n", ["in/d.toml:1:", "not TOML"]),
          (GARBAGE, ["in/d.toml:1:1:", "not TOML"]), (without(DATASET, "duty"), ["in/d.toml:1:", "`duty` in [dataset]"]),
          (changed(DATASET, '"civil/household"', '"household"'), ["in/d.toml:2:", "OWNER/CODE"]),
          (changed(DATASET, '"residents"', "3"), ["in/d.toml:4:", "a string"]),
          (changed(DATASET, 'type = "date"', 'type = "day"'), ["in/d.toml:17:", "`day`"]),
          (changed(DATASET, 'name = "born"', 'name = "id_number"'), ["in/d.toml:16:", "stands twice"]),
          (changed(DATASET, "identifier = true", "identifier = 1"), ["in/d.toml:13:", "boolean"]),
          (changed(DATASET, "identifier = true", "sensitivity = 9"), ["in/d.toml:13:", "1 to 4"]),
          (changed(DATASET, "identifier = true", "masked = true"), ["in/d.toml:13:", "unknown key", "masked"]),
          (changed(DATASET, "identifier = true", 'mask = "hide"'), ["in/d.toml:13:", "`field.mask`", "no mask `hide`"]),
          (changed(DATASET, "identifier = true", 'mask = "year"'), ["in/d.toml:13:", "does not stand on type string"]),
          (changed(DATASET, 'system = ', 'rows_per_day = -9\nsystem = '), ["in/d.toml:4:", "out of range"]),
          (changed(DATASET, 'system = ', 'rows_max = -1\nsystem = '), ["in/d.toml:4:", "out of range"]),
          (changed(DATASET, 'system = ', 'sharing_class = "open"\nsystem = '), ["in/d.toml:4:", "unconditional"]),
          (changed(DATASET, 'system = ', 'duty = "twice"\nsystem = '), ["in/d.toml:4:"]),
          (DATASET.split("[[field]]")[0], ["in/d.toml:", "[[field]]"])]],

    # Agreement files.
    *[cli("agreement propose in/a.toml --home tax", 2, *pieces, files={"a.toml": text})
      for text, pieces in [
          ("", ["in/a.toml:1:1:", "[agreement]"]), ("[agreement]\nid = \n", ["in/a.toml:2:", "not TOML"]),
          (GARBAGE, ["not TOML"]), (without(AGREEMENT, "owner"), ["in/a.toml:1:", "`owner` in [agreement]"]),
          (changed(AGREEMENT, '"relief"\nuser', '"Relief"\nuser'), ["in/a.toml:2:", "`Relief`"]),
          (changed(AGREEMENT, '["id_number", "born"]', "[]"), ["in/a.toml:7:", "at least one field"]),
          (changed(AGREEMENT, '["id_number", "born"]', '"born"'), ["in/a.toml:7:", "array of strings"]),
          (changed(AGREEMENT, '["relief"]', '["Relief"]'), ["in/a.toml:8:", "`Relief`"]),
          (AGREEMENT + 'actions = ["copy"]\n', ["in/a.toml:11:", "`copy`"]),
          (AGREEMENT + "rows_max = 999999999\n", ["in/a.toml:11:", "out of range"]),
          (AGREEMENT + "valid_from = 2026-02-30\n", ["in/a.toml:11:"]),
          (AGREEMENT + 'valid_from = "soon"\n', ["in/a.toml:11:", "no such date"]),
          (AGREEMENT + "valid_from = 2026-01-02T03:04:05\n", ["in/a.toml:11:", "offset"]),
          (AGREEMENT + "valid_from = 2030-01-01\nvalid_until = 2029-01-01\n", ["in/a.toml:12:", "not after"]),
          (AGREEMENT + "colour = 7\n", ["in/a.toml:11:", "unknown key", "colour"]),
          (AGREEMENT + "rows_per_day = -7\n", ["in/a.toml:11:", "out of range"]),
          (AGREEMENT + 'day_offset = "+5:30"\n', ["in/a.toml:11:", "as in \"+08:00\""]),
          (AGREEMENT + 'masks = {born = "hide"}\n', ["in/a.toml:11:", "`agreement.masks.born`", "no mask `hide`"]),
          (AGREEMENT + 'masks = {name = "null"}\n', ["in/a.toml:11:", "`agreement.masks.name`", "one of the agreement's"]),
          (AGREEMENT + 'row_filter = "true\\ntrue"\n', ["in/a.toml:11:", "`agreement.row_filter`", "on one line"]),
          (AGREEMENT + 'actions = ["match"]\n', ["in/a.toml:11:", "`match`", "not built yet"]),
          (AGREEMENT + "\n[extra]\n", ["in/a.toml:12:", "unknown key", "extra"])]],
    cli("agreement propose nowhere --home tax", 2, "nowhere", "no such file"),
    cli("agreement propose in/a.toml --role boss --home tax", 2, "`boss`", "root-manager", files={"a.toml": AGREEMENT}),
    cli("agreement approve Relief --home tax", 2, "`Relief`"),
    cli("agreement approve relief --role boss --home tax", 2, "`boss`"),
    cli("agreement propose --home tax", 2, "the agreement's file", "--dataset"),
    *[cli(f"agreement propose in/a.toml {flag} --home tax", 2, "the agreement's file", files={"a.toml": AGREEMENT})
      for flag in ("--id relief", "--valid-until 2030-01-01", "--rows-max 9")],
    cli("agreement approve relief --digest 12 --home tax", 2, "--digest", "64 hexadecimal"),
    cli(f"agreement approve relief --digest {'x' * 64} --home tax", 2, "--digest", "64 hexadecimal"),
    cli("agreement renew Relief --home tax", 2, "`Relief`"),
    cli("agreement review Relief --home tax", 2, "`Relief`"),
    cli("agreement review relief --language fr --home tax", 2, "--language"),
    cli("agreement review relief --html broker/network.json --home tax", 2, "exists already"),
    *[cli("agreement pending --home in", 2, "in/calendar.toml:1:", *pieces, files={"calendar.toml": text})
      for text, pieces in [
          ("holidays = [7]", ["holidays"]), ('holidays = ["today"]', ["`today`", "2026-10-01"]),
          ("utc_offset_minutes = 9000", ["out of range"]),
          ("calendar = true", ["unknown key", "calendar"]), ("x", ["not TOML"])]],
    *[cli(f"agreement {verb} relief --home civil", 2, "--reason is required")
      for verb in ("return", "refuse", "withdraw", "escalate", "decide")],
    cli("agreement escalate relief --reason dispute --home civil", 2, "--silent is required"),
    cli("agreement decide relief --reason dispute --silent owner --home civil", 2, "--decision is required"),
    cli("agreement refuse Relief --reason dispute --home civil", 2, "`Relief`"),
    cli("agreement refuse relief --reason Dispute --home civil", 2, "--reason", "`Dispute`"),
    cli("agreement refuse relief --reason dispute --role boss --home civil", 2, "`boss`"),
    cli("duty pass D --to tax --home bureau", 2, "`D`"),
    cli("duty pass d --to T --home bureau", 2, "--to", "`T`"),
    cli("catalog term end colour red --home bureau", 2, "`colour`", "purpose, basis or reason"),
    cli("catalog term end basis law --at soon --home bureau", 2, "--at", "soon"),
    cli("member rename Tax --name-zh x --name-en y --home bureau", 2, "`Tax`"),
    cli("member recover --office civil --recovery in --home tax --out in/s", 2, "--office", "`civil`"),
    cli("member recover --office tax --recovery in --home tax --out in/s", 2, "in/recovery.key"),
    cli("keys make --office in/a --recovery in/b --member x", 2, "name one folder", "--recovery"),
    cli("agreement suspend relief --home civil", 2, "--reason is required"),
    cli("agreement suspend Relief --reason dispute --adapter civil-adapter --home civil", 2, "`Relief`"),
    cli("agreement suspend relief --reason Dispute --adapter civil-adapter --home civil", 2, "--reason", "`Dispute`"),
    cli("agreement suspend relief --reason dispute --adapter nowhere --home civil", 2, "--adapter", "nowhere"),
    cli("agreement suspend relief --reason dispute --adapter civil --home civil", 2, "--adapter", "no adapter's"),
    cli("agreement resume relief --reason dispute --adapter in --home civil", 2, "--adapter", "adapter.toml"),

    # Policies.
    *[cli("policy publish in/p.cedar --home bureau", 2, *pieces, files={"p.cedar": text})
      for text, pieces in [
          ("permit (principal, action, resource)\n", ["in/p.cedar:2:1:", "`;`"]),
          ("permit (principal, action, resource)\nwhen { 1 + };", ["in/p.cedar:2:12:"]),
          ("allow (principal, action, resource);", ["in/p.cedar:1:1:", "`permit` or `forbid`"]),
          ('permit (principal, action, resource) when { context.a like "x };', ["in/p.cedar:1:"]),
          ("\n\npermit (principal == ?principal, action, resource);", ["in/p.cedar:3:"]),
          (GARBAGE, ["in/p.cedar:"])]],
    cli("policy publish tax/office.key --home bureau", 2, "tax/office.key:1:"),
    cli("policy publish nowhere --home bureau", 2, "nowhere", "no such file"),
    cli("policy publish broker --home bureau", 2, "broker", "is a directory"),
    cli("policy publish in/p.cedar --subject civil --home civil", 2, "in/p.cedar:2:8: attribute-not-found", "`pupose`",
        "did you mean `purpose`?",
        files={"p.cedar": 'forbid (principal, action, resource in Dataset::"civil/household")\n'
                          'when { context.pupose == "relief" };'}),
    cli("policy publish in/p.cedar --subject civil --home civil", 2, "in/p.cedar:1:1: the resource must be",
        files={"p.cedar": "permit (principal, action, resource);"}),
    cli("policy publish in/p.cedar --subject Civil --home civil", 2, "--subject", "`Civil`",
        files={"p.cedar": "permit (principal, action, resource);"}),

    # Schemas.
    *[cli("policy translate-schema --direction cedar-to-json -s in/s", 1, "in/s:", *pieces, files={"s": text})
      for text, pieces in [
          ("entity User;\nentity User;", ["in/s:2:8: ", "`User`", "1:8"]),
          ("entity A in [B,];", ["in/s:1:16: ", "expected an entity type, found `]`"]),
          ("entity A { in: Long };", ["in/s:1:12: ", "`in`", "quotes"]),
          ("entity __cedar;", ["`__cedar`", "another name"]),
          ("entity A " + "{a:" * 100_000, ["nested more than"]),
          ("entity A { a: Long, a: Long };", ["in/s:1:21: ", "twice"]),
          ('{"": {}}', ["in/s:1:1: "]),
          (GARBAGE, ["in/s:1:"])]],
    *[cli("policy translate-schema --direction json-to-cedar --schema in/s", 1, "in/s:", *pieces, files={"s": text})
      for text, pieces in [
          ('{"N": {"entityTypes": {}}}', ["in/s: /N: missing key `actions`"]),
          ('{"": {"entityTypes": {"A": {"shap": {}}}, "actions": {}}}', ["//entityTypes/A: ", "`shap`", "`shape`"]),
          ('{"": {"entityTypes": {"A": {"shape": {"type": "T"}}}, "actions": {}}}', ["//entityTypes/A: ", "only the JSON"]),
          ('{"": 1, "": 1}', ["twice"]),
          ("[" * 100_000, ["in/s: ", "nest deeper than"]),
          ("entity User;", ["in/s:1:1: "]),
          (GARBAGE, ["in/s:"])]],
    cli("policy translate-schema --direction sideways -s in/s", 1, "`sideways`", "cedar-to-json", files={"s": ""}),
    cli("policy translate-schema -s in/s", 2, "--direction", files={"s": ""}),
    cli("policy translate-schema --direction cedar-to-json -s nowhere", 1, "nowhere", "no such file"),
    cli("policy translate-schema --direction cedar-to-json -s broker", 1, "broker", "is a directory"),
    cli("policy translate-schema --direction json-to-cedar", 1, "standard input:1:1: "),
    *[cli(f"policy translate-schema --direction {direction}", 1, *pieces, stdin=b" " * octets)
      for direction, octets, pieces in [
          ("cedar-to-json", 1024 * 1024 + 1, ["standard input:1:1: ", "1048577 octets, more than 1048576"]),
          ("json-to-cedar", 1024 * 1024 + 1, ["standard input: ", "1048577 octets, at most 1048576"]),
          ("cedar-to-json", 16 * 1024 * 1024 + 1, ["standard input is longer than the 16777216 octets"])]],

    # Validation: 3 is a policy that is not valid, 1 what cannot be read.
    *[cli(f"policy validate -s in/s -p in/p {more}", 3, "in/p: ", what, says=says,
          files={"s": SHOP, "p": "permit (principal, action, resource)\nwhen { " + condition + " };"})
      for more, condition, what, says in [
          ("", "principal.age > 3", "not valid", "in/p:2:8: error: optional-attribute: policy `policy0`: attribute `age`"),
          ("", "principal.nam == \"a\"", "not valid", "did you mean `name`?"),
          ("", "resource == Flie::\"a\"", "not valid", "in/p:2:20: error: unknown-entity-type: "),
          ("", "principal.name == 3", "not valid", "error: incompatible-types: "),
          ("--validation-mode permissive", "principal.name < 3", "not valid", "error: unexpected-type: "),
          ("--level 0", "principal.name == \"a\"", "not valid", "in/p:2:8: error: level-exceeded: "),
          ("--deny-warnings", "principal is File", "warned of", "in/p:1:1: warning: impossible: "),
          ("--deny-warnings", "principal.name == \"pаypal\"", "warned of", "in/p:2:26: warning: mixed-scripts: ")]],
    cli("policy validate -s in/s --level many -p in/p", 1, "--level", "`many`", files={"s": SHOP, "p": ""}),
    cli("policy validate -s in/s -p in/p -o json", 3, "not valid", json=True, files={"s": SHOP, "p": TYPO},
        says="unknown-entity-type"),
    cli("policy validate -s in/s -p in/p", 1, "in/s:1:10: ", files={"s": "entity A;;", "p": ""}),
    cli("policy validate -s in/s --schema-format json -p in/p", 1, "in/s:1:1: ", files={"s": SHOP, "p": ""}),
    cli("policy validate -s in/s --schema-format yaml -p in/p", 1, "--schema-format", "`yaml`", files={"s": "", "p": ""}),
    cli("policy validate -s in/s -p in/p", 1, "in/p:1:8: ", files={"s": SHOP, "p": "permit [];"}),
    cli("policy validate -s in/s --policy-format json -p in/p", 1, "in/p: ", files={"s": SHOP, "p": "{}"}),
    cli("policy validate -s in/s --policy-format text -p in/p", 1, "--policy-format", "`text`", files={"s": SHOP, "p": ""}),
    cli("policy validate -s in/s --validation-mode lax -p in/p", 1, "--validation-mode", "`lax`",
        files={"s": SHOP, "p": ""}),
    cli("policy validate -s nowhere -p in/p", 1, "nowhere", "no such file", files={"p": ""}),
    cli("policy validate -s in/s -p nowhere", 1, "nowhere", "no such file", files={"s": SHOP}),
    cli("policy validate -p in/p", 2, "--schema is required", files={"p": ""}),

    # The policy language by itself: 1 is an error, as 2 is a deny.
    *[cli(f"policy {verb} -p in/p", 1, "in/p:", *pieces, files={"p": text})
      for verb in ("authorize " + ASKED, "translate --direction cedar-to-json", "translate-policy --direction cedar-to-json",
                   "format")
      for text, pieces in [
          ("permit (principal, action, resource)\nwhen { context.a = 1 };", ["in/p:2:18: ", "`=`", "`==`"]),
          ("permit (principal == ?resource, action, resource);", ["in/p:1:22: ", "`?principal`"]),
          ("permit (principal, action, resource) when { " + "(" * 50_000, ["nests deeper"]),
          ("\xff\xfe", ["in/p:1:1: "]),
          (GARBAGE, ["in/p:1:"])]],
    cli("policy authorize -p in/p " + ASKED, 1, "in/p:2:1: ", "`a`", "twice", files={"p": TWICE}),
    cli("policy format -p in/p --write --check", 1, "--write", "--check", files={"p": "permit(principal,action,resource);"}),
    cli("policy format --write", 1, "--write", "--policies"),
    cli("policy format -p in/p --line-width 0", 1, "--line-width", files={"p": ""}),
    cli("policy format -p in/p --line-width wide", 2, "--line-width", files={"p": ""}),
    cli("policy format -p in/p --indent-width 99", 1, "indentation", files={"p": ""}),
    cli("policy format -p in/p --check", 1, "would change", says="permit (principal, action, resource);",
        files={"p": "permit(principal,action,resource);"}),
    *[cli(f"policy {verb} -p in/p", 1, "in/p:", *pieces, files={"p": text})
      for verb in ("authorize --policy-format json " + ASKED, "translate --direction json-to-cedar")
      for text, pieces in [
          ("{", ["in/p:1:2: "]),
          ("{}", ["in/p: ", "`effect`", "`staticPolicies`"]),
          ('{"staticPolicies": {"p": {"effect": "permit"}}}', ["policy `p`", "`principal`"]),
          ('{"staticPolicies": {}, "links": []}', ["`links`"]),
          ('{"staticPolicies": {}, "staticPolicies": {}}', ["twice"]),
          ("[" * 100_000, ["nest deeper than"]),
          (GARBAGE, [])]],
    *[cli("policy authorize -p in/p -k in/k " + ASKED, 1, "in/k: ", *pieces,
          files={"p": "permit (principal == ?principal, action, resource);", "k": text})
      for text, pieces in [
          ("{}", ["an array"]),
          ('[{"template_id": "policy0", "link_id": "l", "args": {}}]', ["link 1", "`?principal`"]),
          ('[{"template_id": "none", "link_id": "l", "args": {}}]', ["link 1", "`none`"]),
          ('[{"template_id": "policy0", "link_id": "l", "args": {"?principal": "User"}}]', ["link 1: ?principal: 1:5: "]),
          ('[{"template_id": "policy0", "link_id": "l", "args": {"?who": "A::\\"b\\""}}]', ["link 1", "`?who`"])]],
    *[cli("policy authorize -p in/p --entities in/e " + ASKED, 1, "in/e: ", *pieces,
          files={"p": "permit (principal, action, resource);", "e": text})
      for text, pieces in [
          ("{}", ["an array"]),
          ('[{"uid": {"type": "A", "id": "b"}, "attrs": {"a": null}, "parents": []}]', ["`A::\"b\"`", "`a`", "null"]),
          ('[{"uid": {"type": "A", "id": "b"}, "attrs": {}, "parents": [{"type": "A", "id": "b"}]}]', ["own ancestor"]),
          ('[{"uid": {"type": "A::if", "id": "b"}, "attrs": {}, "parents": []}]', ["`A::if`"]),
          ("[" * 100_000, ["nest deeper than"])]],
    *[cli("policy authorize -p in/p " + line, 1, *pieces,
          files={"p": "permit (principal, action, resource);", "r": '{"principal": "A"}', "c": "[]"})
      for line, pieces in [
          ("", ["--principal", "--request-json"]),
          ('-l A -a Action::"a" -r R::"r"', ["--principal: 1:2: "]),
          ("--request-json in/r", ["in/r: ", "`action`"]),
          ("--request-json in/r " + ASKED, ["--request-json", "--context"]),
          ("-c in/c " + ASKED, ["in/c: ", "object"]),
          ("--policy-format yaml " + ASKED, ["`yaml`"]),
          ("--schema in/p " + ASKED, ["in/p:1:1: "]),
          ("--entities nowhere " + ASKED, ["nowhere", "no such file"])]],
    cli("policy authorize -p nowhere " + ASKED, 1, "nowhere", "no such file"),
    cli("policy authorize -p broker " + ASKED, 1, "broker", "is a directory"),
    cli("policy authorize --policy yes", 2, "--policy"),
    cli("policy translate --direction sideways -p in/p", 1, "`sideways`", "cedar-to-json", files={"p": ""}),
    cli("policy translate --direction json-to-cedar -p in/p", 1, "templateLinks", files={"p": LINKED}),
    cli("policy test nowhere", 1, "nowhere", "no such file"),
    cli("policy test in", 1, "in: there is no case", files={"a.json": "{}", "b.txt": ""}),
    cli("policy test in/a.tar.gz", 1, "in/a.tar.gz: ", "no archive", files={"a.tar.gz": GARBAGE}),
    cli("policy test in", 1, "in/a.tar.gz: ", "no archive", files={"a.tar.gz": GARBAGE}),
    cli("policy test in/c.json", 1, "mismatch", says="in/c.json: there is no file `p.cedar`",
        files={"c.json": '{"policies": "p.cedar", "entities": "e.json", "requests": []}'}),

    # Queries.
    *[cli(f"query {line} --home tax", 2, *pieces)
      for line, pieces in [
          ("household --fields a --purpose p --application a", ["OWNER/CODE"]),
          ("civil/Household --fields a --purpose p --application a", ["`Household`"]),
          ("civil/household --fields , --purpose p --application a", ["--fields", "at least one"]),
          ("civil/household --fields a,B --purpose p --application a", ["--fields", "`B`"]),
          ("civil/household --fields a --purpose P --application a", ["--purpose", "`P`"]),
          ("civil/household --fields a --purpose p --application A", ["--application", "`A`"]),
          ("civil/household --fields a --purpose p --application a --agreement A", ["--agreement", "`A`"]),
          ("civil/household --fields a --purpose p --application a --timeout soon", ["--timeout", "30s"]),
          ("civil/household --fields a --purpose p --application a --timeout 1h", ["--timeout"]),
          ("civil/household --fields a --purpose p --application a --timeout 10m", ["--timeout", "1s to 5m"]),
          ("civil/household --fields a --purpose p --application a --where id", ["`id`", "field=value"]),
          ("civil/household --fields a --purpose p --application a --where Id=1", ["`Id`"])]],
    cli("query civil/household --fields a --purpose p --application a --home nowhere", 2, "identity.toml", "keys bind"),
    cli("subscribe civil/household --fields a --purpose p --application a --home tax --events 0", 2, "--events", "from 1"),
    cli("subscribe civil --fields a --purpose p --application a --home tax", 2, "civil"),
    cli("subscribe civil/household --fields a --purpose p --application a --home nowhere", 2, "identity.toml"),
    *[cli(f"verify {line} --home tax", 2, *pieces)
      for line, pieces in [
          ("civil/household --where id=1 --purpose p --application a", ["--claim"]),
          ("civil/household --claim a=1 --purpose p --application a", ["--where"]),
          ("household --claim a=1 --where id=1 --purpose p --application a", ["OWNER/CODE"]),
          ("civil/household --claim a --where id=1 --purpose p --application a", ["`a`", "field=value"]),
          ("civil/household --claim A=1 --where id=1 --purpose p --application a", ["`A`"]),
          ("civil/household --claim a=1 --where Id=1 --purpose p --application a", ["`Id`"]),
          ("civil/household --claim a=1 --where id=1 --purpose P --application a", ["--purpose", "`P`"]),
          ("civil/household --claim a=1 --where id=1 --purpose p --application a --timeout 10m", ["--timeout", "1s to 5m"]),
          ("civil/household --claim a=1 --where id=1 --purpose p --application a --strict", ["--strict"])]],
    cli("verify civil/household --claim a=1 --where id=1 --purpose p --application a --home nowhere", 2, "identity.toml",
        "keys bind"),

    # Receipts and traces.
    cli("receipt list --home tax", 2, "no receipts yet"),
    cli("receipt show nonsense --home tax", 2, "`nonsense`", "receipt list"),
    cli("receipt export nonsense --out in/r --home tax", 2, "`nonsense`"),
    cli("receipt verify nowhere --network broker/network.json", 2, "nowhere", "no such file"),
    cli("receipt verify in/r --network nowhere", 2, "nowhere", files={"r": ""}),
    cli("receipt verify in/r --network broker/network.json", 2, "in/r", "line 1", files={"r": ""}),
    cli("receipt verify in/r --network broker/network.json", 2, "in/r", files={"r": GARBAGE}),
    cli("receipt verify in/r --network broker/network.json", 2, "in/r", "line 2",
        files={"r": "c2sp.org/tlog-proof@v1\n"}),
    cli("receipt verify in/r --network broker/network.json", 2, "in/r", "larger than", files={"r": "x" * (1 << 20)}),
    cli("receipt verify tax/office.key --network broker/network.json", 2, "tax/office.key"),
    cli("trace nonsense --home tax", 2, "`nonsense`"),
    cli("trace 01932f7e-8a4b-7c3d-9e0f-000000000000", 2, "--broker-store DIR", "--home DIR"),
    cli("trace 01932f7e-8a4b-7c3d-9e0f-000000000000 --home tax --broker-store broker/store", 2, "name one place"),
    cli("trace 01932f7e-8a4b-7c3d-9e0f-000000000000 --broker-store broker/store", 2, "no entry of exchange"),
    cli("trace 01932f7e-8a4b-7c3d-9e0f-000000000000 --broker-store nowhere", 2, "no store at nowhere"),
    cli("trace", 2, "--agreement"),
    cli("trace 01932f7e-8a4b-7c3d-9e0f-000000000000 --member tax --broker-store broker/store", 2, "--agreement"),
    cli("trace --agreement relief", 2, "--broker-store DIR"),
    *[cli(f"trace --{what} nowhere --broker-store broker/store", 2, f"--{what}", "`nowhere`")
      for what in ("agreement", "member", "dataset", "application")],
    cli("trace --since soon --broker-store broker/store", 2, "--since", "2026-11-23"),
    cli("receipt verify in/r --key nonsense", 2, "--key", "steelyard log key", files={"r": ""}),
    cli("receipt verify in/r", 2, "--key", "--network", files={"r": ""}),
    cli("receipt verify in/r --policy in/p", 2, "in/p", "line 1", files={"r": "", "p": "nonsense\n"}),
    cli("receipt renew in/r --log ftp://x --network broker/network.json --out in/o", 2, "--log", files={"r": ""}),
    cli("log key nowhere", 2, "nowhere"),
    cli("log key tax/office.key", 2, "tax/office.key"),
    cli("log stamp in/t --note in/n --ca in/c", 2, "--key", "--network", files={"t": "", "n": "", "c": ""}),
    cli("log stamp in/t --note nowhere --ca in/c --network broker/network.json", 2, "nowhere", files={"t": "", "c": ""}),
    cli("witness make in/w --name no+name", 2, "--name", "`no+name`"),
    cli("witness show tax", 2, "witness.vkey"),
    cli("witness run tax --log nonsense", 2, "--log", "steelyard log key"),

    # The log.
    cli("log verify nowhere", 2, "no store at nowhere"),
    cli("log verify in", 2, "no store at in"),
    cli("log verify tax/office.key", 2, "tax/office.key"),
    cli("log verify in/s", 2, "in/s", files={"s/data.mdb": GARBAGE * 8}),
    cli("log verify in/s", 2, "in/s", "empty", files={"s/data.mdb": ""}),
    cli("log verify in/s", 2, "in/s", files={"s/data.mdb": "text"}),
    cli("log verify in/s", 2, "in/s", files={"s/data.mdb": None}),
    cli("-o json log verify nowhere", 2, "no store at nowhere", json=True),
    cli("log verify broker/store --genesis xyz", 2, "--genesis", "64 hexadecimal digits"),
    cli("log verify broker/store --genesis " + "0" * 64, 7, "verification failed", says="BROKEN"),
    cli("log verify broker/store --head broker/head", 2, "--head", "folder"),
    cli("log verify broker/store --head tax/public.json", 7, "checkpoint-malformed", says="BROKEN"),
    cli("log verify broker/store --held nowhere", 2, "nowhere", "no such file"),
    cli("log verify broker/store --held tax/public.json", 7, "checkpoint-malformed", says="BROKEN"),
    *[cli(f"log {verb} {path}", 2, *pieces, files=files)
      for verb in ("head", "checkpoint")
      for path, pieces, files in [
          ("nowhere", ["nowhere", "no such file"], None), ("broker", ["is a directory"], None),
          ("in/h", ["in/h", "no head file"], {"h": ""}), ("in/h", ["in/h"], {"h": GARBAGE}),
          ("tax/office.key", ["no head file"], None)]],
    cli("log show broker/store 99", 2, "no entry 99"),
    cli("log show broker/store -- -1", 2, "0 or more"),
    cli("log show broker/store x", 2, "index"),
    cli("log show nowhere 0", 2, "no store at nowhere"),

    # Bench.
    cli("bench prepare --root-office bureau --baseline nowhere --out in/w", 2, "nowhere"),
    cli("bench prepare --root-office nowhere --baseline broker/network.json --out in/w", 2, "nowhere"),
    cli("bench prepare --root-office bureau --baseline broker/network.json --out in", 2, "in is there already"),
    cli("bench prepare --root-office bureau --baseline broker/network.json --out in/w --members 1", 2, "--members"),
    cli("bench prepare --root-office bureau --baseline broker/network.json --out in/w --consumers 9", 2, "--consumers"),
    cli("bench prepare --root-office bureau --baseline broker/network.json --out in/w --actions query,sing", 2, "`sing`"),
    cli("bench events --world nowhere --ready-file in/ready", 2, "nowhere/bench.json"),
    cli("bench events --world in --ready-file in/ready --rows 0", 2, "--rows"),
    cli("bench run --world nowhere", 2, "nowhere/bench.json"),
    cli("bench run --world in", 2, "in/bench.json", files={"bench.json": "[1,"}),
    cli("bench run --world in --window 0", 2, "--window", "1 to 1024"),
    cli("bench run --world in --seconds 1e9", 2, "--seconds"),

    # Standard output that cannot take what is printed.
    cli("keys show tax", 1, "standard output", stdout="full"),
    cli("keys show tax", 1, "standard output", stdout="closed"),
    cli("keys show tax", 1, "standard output", stdout="broken"),
    cli("-o json keys show tax", 1, "standard output", stdout="full", json=True),
    cli("--help", 1, "standard output", stdout="full"),
    cli("--version", 1, "standard output", stdout="closed"),
    cli("log verify broker/store", 1, "standard output", stdout="closed"),

    # The broker.
    Case(["steelyard-broker"], 2, ["--config is required", "--help"]),
    Case(["steelyard-broker", "--frob"], 2, ["--frob"]),
    Case(["steelyard-broker", "--config"], 2, ["--config"]),
    Case(["steelyard-broker", "--help"], 0, says="Exit codes"),
    Case(["steelyard-broker", "--config", "nowhere"], 2, ["nowhere", "no such file"]),
    Case(["steelyard-broker", "--config", "broker"], 2, ["broker", "is a directory"]),
    Case(["steelyard-broker", "--config", "tax/office.key"], 2, ["tax/office.key:1:", "not TOML"]),
    *[Case(["steelyard-broker", "--config", "in/b.toml"], 2, pieces, {"b.toml": text}, never=["AAAA"])
      for text, pieces in [
          ("", ["in/b.toml:1:1:", "bundle_key"]), ("listen = \n", ["in/b.toml:1:", "not TOML"]), (GARBAGE, ["not TOML"]),
          ('listen = "udp://x:1"\n', ["in/b.toml:1:", "tcp://HOST:PORT"]), ("listen = 7401\n", ["in/b.toml:1:", "string"]),
          ('bundle_key = "nowhere"\n', ["in/b.toml:1:", "bundle_key", "nowhere"]),
          (f'bundle_key = "{SECRET}"\n', ["in/b.toml:1:", "found a key"]),
          ('bundle_key = "../broker"\n', ["in/b.toml:1:", "not a regular file"])]],
    *[Case(["steelyard-broker", "--config", "in/b.toml"], 2, pieces,
           {"b.toml": "".join(f'{name} = "../broker/{file}"\n' for name, file in
                              {"store": "store", "head": "head/checkpoint", "bundle_key": "bundle.key",
                               "log_key": "log.key", "transport_key": "transport.key", **changes}.items()) + more})
      for changes, more, pieces in [
          ({}, 'map_bytes = "1MiB"\n', ["in/b.toml:6:", "32MiB"]), ({}, 'map_bytes = "big"\n', ["in/b.toml:6:", "64MiB"]),
          ({}, 'log_level = "loud"\n', ["in/b.toml:6:", "debug"]), ({}, "storage = 1\n", ["in/b.toml:6:", "unknown key"]),
          ({}, 'store = "twice"\n', ["in/b.toml:6:"]),
          ({"store": "nowhere"}, "", ["no store", "steelyard init"]),
          ({"bundle_key": "log.key"}, "", ["log.key", "bundle"]), ({"log_key": "bundle.key"}, "", ["bundle.key", "log"]),
          ({"transport_key": "log.key"}, "", ["log.key", "curve"]), ({"bundle_key": "transport.key"}, "", ["transport.key"]),
          ({"transport_key": "../tax/transport.key"}, "", ["transport"]), ({"store": "network.json"}, "", ["network.json"])]],
    Case(["steelyard-broker", "--config", "in/b.toml"], 6, ["in/h"],
         {"h": "nonsense", "b.toml": 'store = "../broker/store"\nhead = "h"\nbundle_key = "../broker/bundle.key"\n'
                                     'log_key = "../broker/log.key"\ntransport_key = "../broker/transport.key"\n'}),

    # The adapter.
    Case(["steelyard-adapter"], 2, ["--config is required"]),
    Case(["steelyard-adapter", "--frob"], 2, ["`--frob`", "--help"]),
    Case(["steelyard-adapter", "--config"], 2, ["--config"]),
    Case(["steelyard-adapter", "init"], 2, ["--from"]),
    Case(["steelyard-adapter", "init", "--from", "mysql://x"], 2, ["postgresql://"]),
    Case(["steelyard-adapter", "init", "--from", "postgresql://r:secret@10.0.0.1/x"], 2, ["passfile"]),
    Case(["steelyard-adapter", "init", "--from", "sqlite:nowhere.sqlite"], 5, ["unable to open"]),
    Case(["steelyard-adapter", "check"], 2, ["MAP", "--config"]),
    Case(["steelyard-adapter", "check", "nowhere.toml"], 2, ["nowhere.toml", "no such file"]),
    Case(["steelyard-adapter", "--help"], 0, says="Exit codes"),
    Case(["steelyard-adapter", "--help"], 1, ["standard output"], stdout="full"),
    Case(["steelyard-adapter", "--config", "nowhere"], 2, ["nowhere", "no such file"]),
    Case(["steelyard-adapter", "--config", "civil-adapter"], 2, ["is a directory"]),
    Case(["steelyard-adapter", "--config", "civil-adapter/identity.toml"], 2, ["identity.toml", "maps"]),
    Case(["steelyard-adapter", "--config", "civil/identity.toml"], 2, ["identity.toml"]),
]

IDENTITY = """member = "civil"
endpoint = "tcp://127.0.0.1:{port}"
broker_key = "curve:Lr1HOBo9lF4fPTCrtzHnEwdT2s6Q1yGcXzdV7hO5xT4="
genesis = "0000000000000000000000000000000000000000000000000000000000000000"
message_key = "../civil-adapter/message.key"
transport_key = "../civil-adapter/transport.key"
seal_key = "../civil-adapter/seal.key"
state = "state"
"""


def adapter(pieces, identity=IDENTITY, **files):
    named = {name.replace("_", "."): text for name, text in files.items()}
    return Case(["steelyard-adapter", "--config", "in/adapter.toml"], 2, pieces, {"adapter.toml": identity, **named})


WITH_MAP = IDENTITY + 'maps = ["m.toml"]\n'
CASES += [
    adapter(["in/adapter.toml", "maps"]),
    adapter(["in/adapter.toml:9:", "unknown key", "mapps"], IDENTITY + 'mapps = ["m.toml"]\n'),
    adapter(["in/adapter.toml:9:", "array of strings"], IDENTITY + 'maps = "m.toml"\n'),
    adapter(["in/adapter.toml:3:", "curve"], changed(IDENTITY, "curve:", "ed25519:")),
    adapter(["in/adapter.toml:4:", "64 hexadecimal"], changed(IDENTITY, "0" * 64, "00")),
    adapter(["in/adapter.toml:9:", "no loopback address", "[operators_tls]"], IDENTITY + 'operators = "10.1.0.5:7403"\n'),
    adapter(["in/adapter.toml:9:", "operators"], IDENTITY + 'operators = "nowhere"\n'),
    adapter(["in/adapter.toml:8:", "source_timeout"], changed(IDENTITY, 'state = "state"', "source_timeout = 2")),
    adapter(["in/adapter.toml:8:", "verify_attempts_per_day"],
            changed(IDENTITY, 'state = "state"', "verify_attempts_per_day = -1")),
    adapter(["in/m.toml", "no such file"], WITH_MAP),
    adapter(["seal.key", "curve"], changed(WITH_MAP, "civil-adapter/transport.key", "civil-adapter/seal.key"),
            m_toml=MAP),
    adapter(["seal_key"], changed(WITH_MAP, 'seal_key = "../civil-adapter/seal.key"\n', ""), m_toml=MAP),
    adapter(["`tax/household`", "`civil`"], WITH_MAP, m_toml=changed(MAP, "civil/household", "tax/household")),
    adapter(["two maps"], IDENTITY + 'maps = ["m.toml", "m.toml"]\n', m_toml=MAP),
    *[adapter(pieces, WITH_MAP, m_toml=text) for text, pieces in [
        ("", ["in/m.toml:1:1:", "[dataset]"]), ("[source\n", ["in/m.toml:1:", "not TOML"]), (GARBAGE, ["not TOML"]),
        (changed(MAP, '"sqlite"', '"oracle"'), ["in/m.toml:4:", "sqlite"]),
        (changed(MAP, 'table = "people"\n', ""), ["in/m.toml:3:", "`table` and `sql`"]),
        (changed(MAP, 'table = "people"', 'sql = "select 1; drop table people"'), ["in/m.toml:6:", "`;`"]),
        (changed(MAP, 'key = "id_number"', 'key = "person"'), ["in/m.toml:7:", "`person`"]),
        (changed(MAP, 'type = "string"', 'type = "text"'), ["in/m.toml:10:", "`text`"]),
        (changed(MAP, 'type = "string"', 'type = 7'), ["in/m.toml:10:", "string"]),
        (MAP + 'mask = "x"\n', ["in/m.toml:11:", "unknown key", "mask"]),
        (MAP + '[[field]]\nname = "id_number"\ntype = "string"\n', ["in/m.toml:12:", "stands twice"]),
        (MAP.split("[[field]]")[0], ["in/m.toml", "[[field]]"])]],
]
CASES += [
    Case(["steelyard-adapter", "--config", "in/adapter.toml"], 2, ["Bad Name", "only files named after agreements"],
         {"adapter.toml": WITH_MAP, "m.toml": MAP, "state/suspended/Bad Name": ""}),

    # The scripts that build, test and show: before anything is installed or built.
    Case(["deploy/demo", "--frob"], 2, ["`--frob`", "--once"]),
    Case(["deploy/demo", "--bin"], 2, ["--bin", "folder"]),
    Case(["deploy/demo", "--bin", "{dir}/in"], 2, ["--bin", "`steelyard`"]),
    Case(["deploy/demo", "--residents", "many"], 2, ["--residents", "`many`"]),
    Case(["deploy/demo", "--help"], 0, says="--once"),
    Case(["tests/run", "--frob"], 2, ["`--frob`", "--long"]),
    Case(["tests/run", "--preset"], 2, ["--preset", "dev"]),
    Case(["tests/run", "--preset", "fast"], 2, ["`fast`", "asan"]),
    Case(["tests/run", "--help"], 0, says="--preset"),
]

if os.geteuid() != 0:  # root reads and writes everything
    CASES += [
        cli("keys show in/k", 2, "in/k", "permission denied", files={"k": (0, "{}")}),
        cli("catalog publish in/d.toml --home civil", 2, "in/d.toml", "permission denied",
            files={"d.toml": (0, DATASET)}),
    ]

# Nobody listens: bounded time, and the endpoint in the message.
AWAY = [
    cli("member list --home tax", 5, "tcp://127.0.0.1:{port}", "broker-away"),
    cli("-o json member list --home tax", 5, "tcp://127.0.0.1:{port}", json=True),
    cli("duty add d --member tax --name-zh x --name-en y --home bureau", 5, "broker-away"),
    cli("query civil/household --fields a --purpose p --application a --home tax", 5, "broker-away"),
    cli("verify civil/household --claim a=1 --where id=1 --purpose p --application a --home tax", 5, "broker-away"),
    cli("agreement suspend relief --reason dispute --adapter civil-adapter --home civil", 5, "stopped all the same",
        "log does not say so yet", lines_before=1),
]

# A broker that answers: what it does not take is named, and the log stays as long as it was.
LIVE = [
    cli("member show nobody --home tax", 2, "`nobody`"),
    cli("catalog show civil/nothing --home tax", 2, "`civil/nothing`"),
    cli("agreement show releif --home tax", 2, "`releif`", "`relief`"),
    cli("agreement approve releif --home tax", 2, "`releif`", "`relief`"),
    cli("agreement approve relief --role manager --home tax", 3, "statement-refused", lines_before=1),
    cli(f"agreement approve relief --digest {'0' * 64} --home tax", 2, "--digest", "review it again"),
    cli("agreement refuse relief --reason dispute --home tax", 3, "statement-refused", "as owner is missing"),
    cli("agreement escalate relief --reason dispute --silent owner --home tax", 2, "`civil` has until", "--urgent"),
    cli("agreement escalate relief --reason dispute --silent owner --of suspension --home tax", 2, "nothing in `relief`"),
    cli("agreement decide relief --reason dispute --silent owner --decision for --home bureau", 3, "was escalated"),
    cli("agreement decide relief --reason dispute --silent owner --decision perhaps --home bureau", 2, "--decision"),
    cli("agreement review releif --home tax", 2, "`releif`", "`relief`"),
    cli("agreement renew releif --home tax", 2, "`releif`", "`relief`"),
    cli("agreement refuse releif --reason dispute --home civil", 2, "`releif`", "`relief`"),
    cli("agreement propose --id more --dataset household --home tax", 2, "--dataset"),
    cli("agreement propose --id more --dataset civil/household --fields A --home tax", 2, "--fields", "`A`"),
    cli("agreement escalate relief --reason dispute --silent boss --home tax", 2, "`boss`"),
    cli("duty pass nothing --to tax --home bureau", 2, "`nothing`"),
    cli("duty pass income --to tax --home bureau", 2, "`tax` holds it already"),
    cli("catalog term end basis nothing --home bureau", 2, "`nothing`"),
    cli("member rename nobody --name-zh x --name-en y --home bureau", 2, "`nobody`"),
    cli("member keep --home tax", 2, "nobody claims", "`tax`"),
    cli("agreement suspend releif --reason dispute --adapter civil-adapter --home civil", 2, "`releif`", "`relief`",
        "taken back", lines_before=1),
    cli("agreement suspend relief --reason quarrel --adapter civil-adapter --home civil", 2, "--reason", "`quarrel`",
        "taken back", lines_before=1),
    cli("agreement suspend relief --reason dispute --adapter tax-adapter --home tax", 2, "--adapter", "`civil`",
        "taken back", lines_before=1),
    cli("policy show nothing --home tax", 2, "`nothing`"),
    cli("agreement narrow releif --store broker/store", 2, "`releif`", "`relief`"),
    cli("agreement narrow relief --store nowhere", 2, "nowhere"),
    cli("agreement narrow Relief --store broker/store", 2, "`Relief`"),
    cli("agreement narrow relief --store broker/store --since yesterday", 2, "--since", "yesterday"),
    cli("policy explain nobody civil/household --home tax", 2, "`nobody`"),
    cli("policy diff --store broker/store", 2, "--policies", "--agreement", "--end-basis"),
    cli("policy diff --store broker/store --end-basis law --policies in/p", 2, "one change", files={"p": ""}),
    cli("policy diff --store broker/store --end-basis nothing", 2, "`nothing`"),
    cli("policy diff --store broker/store --end-basis law --last 0", 2, "--last"),
    cli("policy diff --store nowhere --end-basis law", 2, "nowhere"),
    cli("policy diff --store broker/store --policies in/p", 2, "in/p:1:", files={"p": "permit (principal"}),
    cli("policy diff --store broker/store --policies nowhere", 2, "nowhere"),
    cli("policy diff --store broker/store --subject civil --policies in/p", 2, "in/p:1:1:", "the resource must be",
        files={"p": "permit (principal, action, resource);"}),
    cli("policy diff --store broker/store --agreement in/a", 2, "in/a:1:", files={"a": "x"}),
    cli("policy explain Tax civil/household --home tax", 2, "`Tax`"),
    cli("policy explain tax household --home tax", 2, "`household`"),
    cli("policy explain tax civil/nothing --home tax", 3, "civil/nothing"),
    cli("policy explain tax civil/household --at yesterday --home tax", 2, "--at", "yesterday"),
    cli("policy explain tax civil/household --application none --home tax", 2, "--application", "`none`"),
    cli("policy explain tax civil/household --purpose love --home tax", 3, "love"),
    cli("duty add d --member nobody --name-zh x --name-en y --home bureau", 3, "statement-refused", "`nobody`"),
    cli("duty add d --member tax --name-zh x --name-en y --home tax", 3, "statement-refused", "root-manager"),
    cli("application add app --name-zh x --name-en y --home civil", 3, "another member"),
    cli("catalog term add purpose p --title-zh x --title-en y --bases nothing --home bureau", 3, "`nothing`"),
    cli("catalog publish in/d.toml --home civil --also-sign bureau", 3, "`unheard-of`",
        files={"d.toml": changed(DATASET, '"register"', '"unheard-of"')}),
    cli("catalog publish in/d.toml --home civil", 3, "statement-refused", "`bureau`",
        files={"d.toml": changed(DATASET, "civil/household", "civil/other")}),
    cli("agreement propose in/a.toml --home tax", 3, "statement-refused", "`nothing`",
        files={"a.toml": changed(AGREEMENT, '["id_number", "born"]', '["nothing"]')}),
    cli("-o json duty add d --member nobody --name-zh x --name-en y --home bureau", 3, "`nobody`", json=True),
    cli("query civil/nothing --fields a --purpose relief --application app --home tax", 3, "civil/nothing",
        "unknown-dataset"),
    cli("query civil/household --fields born --where age=3 --purpose relief --application app --home tax", 2, "`age`"),
    cli("verify civil/household --claim age=3 --where id_number=1 --purpose relief --application app --home tax", 2,
        "`age`"),
    cli("verify civil/household --claim born=soon --where id_number=1 --purpose relief --application app --home tax", 2,
        "`born`", "2026-11-23"),
    cli("verify civil/household --claim id_number=1 --where id_number=1 --purpose relief --application app --home tax", 2,
        "`id_number`", "selects the record"),
    cli("verify civil/nothing --claim a=1 --where id=1 --purpose relief --application app --home tax", 3,
        "unknown-dataset"),
    cli("query civil/household --fields born --where born=soon --purpose relief --application app --home tax", 2,
        "`born`", "2026-11-23"),
]
