using System.Globalization;

namespace PolicyMTA.Queue;

/// <summary>How much one attempt changes a destination's concurrency: <c>N</c>, <c>N/concurrency</c> or <c>N/sqrt_concurrency</c> (postconf(5)). An immutable value.</summary>
public readonly record struct ConcurrencyFeedback
{
    private readonly double _amount;
    private readonly string _divisor;

    private ConcurrencyFeedback(double amount, string divisor) => (_amount, _divisor) = (amount, divisor);

    /// <summary>One more or one less each time.</summary>
    public static ConcurrencyFeedback One { get; } = new(1, "");

    /// <summary>False when the text is neither form, or its number is not between 0 and 1.</summary>
    public static bool TryParse(string text, out ConcurrencyFeedback feedback)
    {
        ArgumentNullException.ThrowIfNull(text);
        feedback = One;
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        var number = (slash < 0 ? text : text[..slash]).Trim();
        var divisor = slash < 0 ? "" : text[(slash + 1)..].Trim();
        if (divisor is not ("" or "concurrency" or "sqrt_concurrency") || (slash >= 0 && divisor.Length == 0)) return false;
        if (!double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var amount) || amount is < 0 or > 1) return false;
        feedback = new ConcurrencyFeedback(amount, divisor);
        return true;
    }

    internal double At(int concurrency) => _divisor switch
    {
        "concurrency" => _amount / concurrency,
        "sqrt_concurrency" => _amount / Math.Sqrt(concurrency),
        _ => _amount,
    };

    /// <inheritdoc/>
    public override string ToString() => _amount.ToString(CultureInfo.InvariantCulture) + (_divisor.Length > 0 ? "/" + _divisor : "");
}
