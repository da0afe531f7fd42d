/** What Redis does in one step with the limits that instances share; the same arithmetic as in memory. */

/** KEYS: budgets. ARGV: now, the most that may be owed, then the cost for each key, all in milliseconds. Gives when each is paid off. */
export const spendScript = `
local now, most = tonumber(ARGV[1]), tonumber(ARGV[2])
local answers = {}
for index, key in ipairs(KEYS) do
  local paidOff = math.max(tonumber(redis.call('GET', key) or '0'), now) + tonumber(ARGV[index + 2])
  answers[index] = string.format('%.3f', math.min(paidOff, now + most))
  redis.call('SET', key, answers[index], 'PX', most)
end
return answers`;

/** KEYS: back-offs. ARGV: now, how long failures count, then free, first and longest wait for each key. Gives the milliseconds to wait. */
export const attemptScript = `
local now = tonumber(ARGV[1])
local wait = 0
for _, key in ipairs(KEYS) do
  wait = math.max(wait, tonumber(redis.call('HGET', key, 'until') or '0') - now)
end
if wait > 0 then return math.ceil(wait) end
for index, key in ipairs(KEYS) do
  local free, first, longest = tonumber(ARGV[3 * index]), tonumber(ARGV[3 * index + 1]), tonumber(ARGV[3 * index + 2])
  local failures = redis.call('HINCRBY', key, 'count', 1)
  local pause = failures <= free and 0 or math.min(longest, first * 2 ^ (failures - free - 1))
  redis.call('HSET', key, 'until', string.format('%.0f', now + pause))
  redis.call('PEXPIRE', key, ARGV[2])
end
return 0`;

/** KEYS: back-offs of which one attempt was never made. */
export const withdrawScript = `
for _, key in ipairs(KEYS) do
  if redis.call('EXISTS', key) == 1 then
    redis.call('HINCRBY', key, 'count', -1)
    redis.call('HSET', key, 'until', 0)
  end
end`;
