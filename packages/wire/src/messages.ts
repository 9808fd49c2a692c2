import type { ApprovalOutcome, DeclineReason } from '@tolem/domain/decision'

/** What the cardholder may be shown, in the languages of the country. */
export type CardholderMessages = { readonly kk: string; readonly ru: string; readonly en: string }

const LATER: CardholderMessages = {
  kk: 'Қызмет уақытша қолжетімсіз. Кейінірек қайталап көріңіз.',
  ru: 'Сервис временно недоступен. Повторите попытку позже.',
  en: 'The service is temporarily unavailable. Please try again later.',
}

const CALL_BANK: CardholderMessages = {
  kk: 'Операция орындалмады. Банкіңізге хабарласыңыз.',
  ru: 'Операция не выполнена. Обратитесь в ваш банк.',
  en: 'The operation was not completed. Please contact your bank.',
}

/** Approved. */
export const APPROVED_MESSAGES: CardholderMessages = {
  kk: 'Мақұлданды.',
  ru: 'Одобрено.',
  en: 'Approved.',
}

/** One message for each way of approving. */
export const APPROVAL_MESSAGES = {
  approved: APPROVED_MESSAGES,
  partially_approved: {
    kk: 'Сома ішінара мақұлданды. Қалғанын басқа тәсілмен төлеңіз.',
    ru: 'Одобрена часть суммы. Оплатите остаток другим способом.',
    en: 'Part of the amount is approved. Please pay the rest another way.',
  },
  verified: {
    kk: 'Карта тексерілді.',
    ru: 'Карта проверена.',
    en: 'The card is verified.',
  },
  approved_without_cashback: {
    kk: 'Сатып алу мақұлданды, бірақ қолма-қол ақша берілмейді.',
    ru: 'Покупка одобрена, но без выдачи наличных.',
    en: 'The purchase is approved, but without cash.',
  },
} as const satisfies Record<ApprovalOutcome, CardholderMessages>

/**
 * One message for each reason. Whoever holds a lost or stolen card reads what the holder of an unknown or closed one
 * reads. A message says what the cardholder can do about it, and names no policy that would help to get around it.
 */
export const DECLINE_MESSAGES = {
  unknown_card: CALL_BANK,
  card_expired: {
    kk: 'Картаның жарамдылық мерзімі өтті.',
    ru: 'Срок действия карты истёк.',
    en: 'The card has expired.',
  },
  card_lost: CALL_BANK,
  card_stolen: CALL_BANK,
  card_frozen: {
    kk: 'Карта бұғатталған. Банкіңізге хабарласыңыз.',
    ru: 'Карта заблокирована. Обратитесь в ваш банк.',
    en: 'The card is blocked. Please contact your bank.',
  },
  card_closed: CALL_BANK,
  card_not_activated: {
    kk: 'Карта белсендірілмеген. Оны банк қосымшасында белсендіріңіз.',
    ru: 'Карта не активирована. Активируйте её в приложении банка.',
    en: 'The card is not activated. Activate it in your bank’s app.',
  },
  wallet_not_linked: {
    kk: 'Картаға криптоәмиян байланыстырылмаған.',
    ru: 'К карте не привязан криптокошелёк.',
    en: 'No crypto wallet is linked to the card.',
  },
  exchange_not_licensed: {
    kk: 'Бұл бирженің әмиянымен төлеу мүмкін емес.',
    ru: 'Оплата из кошелька этой биржи недоступна.',
    en: 'Paying from a wallet at this exchange is not available.',
  },
  exchange_not_permitted: {
    kk: 'Картаға бұл биржадан төлеуге рұқсат жоқ.',
    ru: 'Для карты не разрешена оплата с этой биржи.',
    en: 'The card may not pay from this exchange.',
  },
  transaction_type_not_permitted: {
    kk: 'Картаға мұндай операцияға рұқсат жоқ.',
    ru: 'Операции этого вида по карте не разрешены.',
    en: 'This kind of operation is not permitted for the card.',
  },
  channel_not_permitted: {
    kk: 'Картаны мұнда осылай пайдалануға рұқсат жоқ.',
    ru: 'Использовать карту таким способом не разрешено.',
    en: 'Using the card in this way is not permitted.',
  },
  merchant_category_not_permitted: {
    kk: 'Бұл санаттағы сауда орнында төлеуге рұқсат жоқ.',
    ru: 'Оплата в торговых точках этой категории не разрешена.',
    en: 'Paying at merchants of this category is not permitted.',
  },
  country_not_permitted: {
    kk: 'Картаны бұл елде пайдалануға рұқсат жоқ.',
    ru: 'Использовать карту в этой стране не разрешено.',
    en: 'Using the card in this country is not permitted.',
  },
  currency_not_supported: {
    kk: 'Бұл валютадағы төлемге қолдау көрсетілмейді.',
    ru: 'Эта валюта не поддерживается.',
    en: 'This currency is not supported.',
  },
  invalid_amount: {
    kk: 'Сома жарамсыз.',
    ru: 'Недопустимая сумма.',
    en: 'The amount is not valid.',
  },
  original_not_found: {
    kk: 'Бастапқы операция табылмады.',
    ru: 'Исходная операция не найдена.',
    en: 'The original operation was not found.',
  },
  original_closed: {
    kk: 'Бастапқы операция аяқталып қойған.',
    ru: 'Исходная операция уже завершена.',
    en: 'The original operation is already closed.',
  },
  refund_exceeds_original: {
    kk: 'Қайтару сомасы сатып алу сомасынан асады.',
    ru: 'Сумма возврата больше суммы покупки.',
    en: 'The refund is larger than the purchase.',
  },
  amount_limit_exceeded: {
    kk: 'Сома лимиті асып кетті.',
    ru: 'Превышен лимит суммы.',
    en: 'The amount limit is exceeded.',
  },
  count_limit_exceeded: {
    kk: 'Операциялар санының лимиті асып кетті.',
    ru: 'Превышен лимит количества операций.',
    en: 'The limit of operations is exceeded.',
  },
  asset_suspended: {
    kk: 'Бұл криптовалютамен төлеу уақытша тоқтатылған.',
    ru: 'Оплата этой криптовалютой приостановлена.',
    en: 'Paying with this cryptocurrency is suspended.',
  },
  rate_unavailable: LATER,
  rate_unsafe: LATER,
  insufficient_funds: {
    kk: 'Әмиянда қаражат жеткіліксіз.',
    ru: 'Недостаточно средств в кошельке.',
    en: 'There are not enough funds in the wallet.',
  },
  exchange_refused: {
    kk: 'Биржа операцияны қабылдамады.',
    ru: 'Биржа отклонила операцию.',
    en: 'The exchange refused the operation.',
  },
  exchange_unavailable: LATER,
  exchange_in_doubt: LATER,
  deadline_exceeded: LATER,
  reversed_before_authorization: {
    kk: 'Операция тоқтатылды.',
    ru: 'Операция отменена.',
    en: 'The operation was cancelled.',
  },
  cleared_before_authorization: CALL_BANK,
  advised_before_authorization: CALL_BANK,
  system_malfunction: LATER,
} as const satisfies Record<DeclineReason, CardholderMessages>
