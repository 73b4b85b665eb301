"""What the reason codes of refused rows mean, in both languages, for the error file."""

REASONS = {
    "REQUIRED": ("不能为空", "must not be empty"),
    "TOO_LONG": ("内容过长", "is too long"),
    "NOT_A_CHOICE": ("不是可选的值", "is none of the known words"),
    "FORMAT_WRONG": ("格式不正确", "has a wrong format"),
    "NUMBER_INVALID": (
        "应为数字,整数不超过 15 位,小数不超过 6 位",
        "must be a number of at most 15 digits and 6 decimals",
    ),
    "DATE_INVALID": ("日期不正确,应如 2024-05-01", "is no date such as 2024-05-01"),
    "TIME_INVALID": ("时间不正确,应如 2024-05-01 09:30", "is no time such as 2024-05-01 09:30"),
    "BIRTHDAY_INVALID": ("生日不正确", "is no birthday"),
    "LEAP_MONTH_IS_LUNAR": ("只有农历才有闰月", "a leap month belongs to the lunar calendar"),
    "NOT_YES_OR_NO": ("应为是或否", "must be yes or no"),
    "NUMBER_ROUNDED": ("数字过长,已被表格软件取整;请设为文本格式", "was rounded by the spreadsheet; format it as text"),
    "FORMULA_NOT_TAKEN": ("不接受公式", "formulas are not taken"),
    "CONTROL_CHARACTER": ("含有不可见的控制字符", "contains control characters"),
    "ROW_TOO_LONG": ("列数多于表头", "the row has more cells than the header"),
    "COMMUNITY_UNKNOWN": ("社区不存在", "there is no such community"),
    "BUREAU_NOT_OF_COMMUNITY": ("社区不属于该局向", "the community lies in another bureau"),
    "OWNER_UNKNOWN": ("客户经理工号不存在", "there is no such customer manager"),
    "SEAT_UNKNOWN": ("座席经理工号不存在", "there is no such seat manager"),
    "CUSTOMER_UNKNOWN": ("客户不存在", "there is no such customer"),
    "ACCOUNT_UNKNOWN": ("账户不存在", "there is no such account"),
    "ACCOUNT_OF_OTHER_CUSTOMER": ("账户属于其他客户", "the account belongs to another customer"),
    "DUPLICATE_IN_FILE": ("文件中前面已有相同的行", "an earlier row of the file has the same key"),
}


def explained(code: str) -> str:
    """Answers a reason code in words of both languages; the code itself where there are none."""
    words = REASONS.get(code)
    return f"{words[0]} / {words[1]}" if words else code
