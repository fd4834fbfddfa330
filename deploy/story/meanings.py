"""What the fields of the demo's datasets mean: by dataset and name, else by name."""

MEANINGS = {
    "address": ("地址", "address"),
    "adopter": ("收养人身份号码", "identity number of who adopted"),
    "base": ("月缴费基数", "monthly base of the contribution"),
    "birth_date": ("出生日期", "date of birth"),
    "certificate": ("证书编号", "number of the certificate"),
    "credit_code": ("统一社会信用代码", "unified social credit code"),
    "credit_level": ("纳税信用级别", "tax credit level"),
    "declared_on": ("申报日期", "date of the declaration"),
    "died_on": ("死亡日期", "date of death"),
    "division": ("行政区划代码", "division code"),
    "employer": ("任职单位", "employer"),
    "employer_code": ("缴费单位统一社会信用代码", "unified social credit code of the employer"),
    "ended_on": ("注销或吊销日期", "date on which it was cancelled or revoked"),
    "established_on": ("成立日期", "date of establishment"),
    "household_id": ("户号", "household number"),
    "household_role": ("与户主关系", "relation to the head of household"),
    "household_size": ("家庭人口数", "persons in the household"),
    "id_number": ("公民身份号码", "identity number"),
    "income": ("应税收入", "taxable income"),
    "industry": ("行业名称", "industry"),
    "industry_code": ("行业代码", "code of the industry"),
    "kind": ("企业类型", "kind of enterprise"),
    "legal_representative": ("法定代表人", "legal representative"),
    "marital_status": ("婚姻状况", "marital status"),
    "market-regulation/enterprise/name": ("企业名称", "name of the enterprise"),
    "market-regulation/enterprise/status": ("登记状态", "state of the registration"),
    "month": ("费款所属期", "month that the contribution is for"),
    "name": ("姓名", "name"),
    "paid_by_employer": ("单位缴费额", "paid by the employer"),
    "paid_by_person": ("个人缴费额", "paid by the person"),
    "paid_on": ("到账日期", "date of payment"),
    "phone": ("联系电话", "telephone"),
    "registered_capital": ("注册资本", "registered capital"),
    "registered_on": ("登记日期", "date of the registration"),
    "settled": ("是否汇算清缴", "settled"),
    "sex": ("性别", "sex"),
    "status": ("参保状态", "state of the insurance"),
    "tax_paid": ("已缴税额", "tax paid"),
    "tax_year": ("纳税年度", "tax year"),
    "updated_at": ("更新时间", "time of the last change"),
}


def meaning(dataset, field):
    """(zh, en)"""
    return MEANINGS.get(f"{dataset}/{field}") or MEANINGS[field]
