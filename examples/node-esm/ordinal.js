const rules = new Intl.PluralRules("en", { type: "ordinal" });
const endings = { one: "st", two: "nd", few: "rd", other: "th" };

export const ordinal = (number) => `${number}${endings[rules.select(number)]}`;
