import type { ProviderError } from './provider-fault.ts';

/**
 * Tells whether a refusal means the plan or the balance of the account rather than a rate limit, so waiting does
 * not help. Google's and others' "exceeded your current quota, check your plan and billing" is an ordinary rate
 * limit.
 */
export function isPlanLimit({ status, codes, message }: ProviderError): boolean {
  if (
    status === 402 ||
    /insufficient_quota|billing|arrear|insufficient_balance|exceeded_current_quota/.test(codes)
  )
    return true;
  if (status === undefined || status < 400 || status >= 500) return false;
  const text = message.toLowerCase();
  return words.some((pattern) => pattern.test(text));
}

const words = [
  /(?:credit )?balance (?:is |was )?(?:too low|insufficient|not enough)|insufficient (?:account )?(?:balance|credits?|funds)/,
  /(?:no|out of|used all|exhausted|not enough)\b[^.]{0,30}\bcredits\b|余额不足|欠费|recharge|arrears?\b|in good standing/,
  /extra usage is required|monthly (?:spending|included|usage) (?:limit|credits)|spending limit|usage limits?\b[^.]*\. you will regain access/,
  /trial key|(?:upgrade|not (?:included|available) (?:in|on|for)) your (?:current )?plan|billing hard limit|billing is not active/,
  // A free tier that has none of this model at all.
  /quota exceeded for metric[^,]*, limit: 0\b/,
];
