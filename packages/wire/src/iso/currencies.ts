/** ISO 4217, list one: alphabetic code, numeric code, and the exponent where that is not 2. */
const LIST = `
AED784 AFN971 ALL008 AMD051 AOA973 ARS032 AUD036 AWG533 AZN944 BAM977 BBD052 BDT050 BHD048/3 BIF108/0 BMD060 BND096
BOB068 BOV984 BRL986 BSD044 BTN064 BWP072 BYN933 BZD084 CAD124 CDF976 CHE947 CHF756 CHW948 CLF990/4 CLP152/0 CNY156
COP170 COU970 CRC188 CUP192 CVE132 CZK203 DJF262/0 DKK208 DOP214 DZD012 EGP818 ERN232 ETB230 EUR978 FJD242 FKP238
GBP826 GEL981 GHS936 GIP292 GMD270 GNF324/0 GTQ320 GYD328 HKD344 HNL340 HTG332 HUF348 IDR360 ILS376 INR356 IQD368/3
IRR364 ISK352/0 JMD388 JOD400/3 JPY392/0 KES404 KGS417 KHR116 KMF174/0 KPW408 KRW410/0 KWD414/3 KYD136 KZT398 LAK418
LBP422 LKR144 LRD430 LSL426 LYD434/3 MAD504 MDL498 MGA969 MKD807 MMK104 MNT496 MOP446 MRU929 MUR480 MVR462 MWK454
MXN484 MXV979 MYR458 MZN943 NAD516 NGN566 NIO558 NOK578 NPR524 NZD554 OMR512/3 PAB590 PEN604 PGK598 PHP608 PKR586
PLN985 PYG600/0 QAR634 RON946 RSD941 RUB643 RWF646/0 SAR682 SBD090 SCR690 SDG938 SEK752 SGD702 SHP654 SLE925 SOS706
SRD968 SSP728 STN930 SVC222 SYP760 SZL748 THB764 TJS972 TMT934 TND788/3 TOP776 TRY949 TTD780 TWD901 TZS834 UAH980
UGX800/0 USD840 USN997 UYI940/0 UYU858 UYW927/4 UZS860 VED926 VES928 VND704/0 VUV548/0 WST882 XAF950/0 XCD951 XCG532
XOF952/0 XPF953/0 YER886 ZAR710 ZMW967 ZWG924`

type Currency = { readonly code: string; readonly number: string; readonly exponent: number }

const CURRENCIES: readonly Currency[] = LIST.trim()
  .split(/\s+/)
  .map((entry) => ({
    code: entry.slice(0, 3),
    number: entry.slice(3, 6),
    exponent: Number(entry.slice(7) || '2'),
  }))

const BY_CODE = new Map(CURRENCIES.map((currency) => [currency.code, currency]))
const BY_NUMBER = new Map(CURRENCIES.map((currency) => [currency.number, currency]))

/** How many decimals an amount has in minor units; 2 for a code that ISO 4217 does not list. */
export function exponentOf(code: string): number {
  return BY_CODE.get(code)?.exponent ?? 2
}

/** DE49 and DE51, `a or n 3`: the numeric code, or the alphabetic one where ISO 4217 has no number for it. */
export function toCurrencyElement(code: string): string {
  return BY_CODE.get(code)?.number ?? code
}

/** The alphabetic code that DE49 or DE51 means; a number that ISO 4217 does not list stays as it is. */
export function fromCurrencyElement(element: string): string {
  return BY_NUMBER.get(element)?.code ?? element
}
