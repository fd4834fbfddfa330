"""How often the registers fall short of the truth and of each other, as shares. The tests hold what is drawn to them.

Each stands for something that registers of a city really show; nothing here is measured anywhere.
"""

# Gaps.
PHONE_MISSING = 0.07  # of residents above 13; children have none
MARITAL_STATUS_MISSING = 0.005  # of residents
MONTH_MISSING = 0.02  # of the months that an insured person should have contributed in: no row at all
MONTH_UNPAID = 0.01  # of the rows of contributions: declared and not paid
EMPLOYER_UNKNOWN = 0.10  # of taxpayers from elsewhere: no employer
ENTERPRISE_PHONE_MISSING = 0.20  # of enterprises

# Rows that nobody has touched for years.
STALE = 0.02

# Disagreements.
NAME_DIFFERS = 0.003  # of the insured and of taxpayers who live here: a character written otherwise than in civil affairs
ADDRESS_DIFFERS = 0.03  # of the insured: moved, and only one of the offices has heard
DEATH_UNKNOWN = 0.15  # of the insured who died: still counted as alive by social security
EMPLOYER_GONE = 0.01  # of employees: paid for by an enterprise that was struck off
EMPLOYER_UNREGISTERED = 0.10  # of employees: public bodies, which market regulation does not register
EMPLOYER_NAME_DIFFERS = 0.05  # of taxpayers with an employer of this city: named in short

# How enterprises stand; the rest of them is 存续.
ENTERPRISE_CANCELLED = 0.14  # 注销
ENTERPRISE_REVOKED = 0.04  # 吊销
