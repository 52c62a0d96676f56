using System.Globalization;
using Jint.Runtime;

namespace PolicyMTA.Policy.Scripting;

/// <summary><c>Date</c> is the session's clock, in UTC wherever the server stands.</summary>
internal sealed class PolicyClock(Func<DateTimeOffset> now) : ITimeSystem
{
    public TimeZoneInfo DefaultTimeZone => TimeZoneInfo.Utc;

    public DateTimeOffset GetUtcNow() => now();

    public TimeSpan GetUtcOffset(long epochMilliseconds) => TimeSpan.Zero;

    public bool TryParse(string date, out long epochMilliseconds)
    {
        var parsed = DateTimeOffset.TryParse(date, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var moment);
        epochMilliseconds = parsed ? moment.ToUnixTimeMilliseconds() : 0;
        return parsed;
    }
}
