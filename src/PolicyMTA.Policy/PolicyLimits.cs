namespace PolicyMTA.Policy;

/// <summary>What one rule may use up. An immutable value.</summary>
public sealed record PolicyLimits
{
    /// <summary>Time a function may take, waiting included, unless <c>rule(fn, { budget })</c> says less.</summary>
    public TimeSpan Budget { get; init; } = TimeSpan.FromSeconds(5);
    /// <summary>Time a restriction may take; Postfix gives a policy server 100 s (<c>smtpd_policy_service_timeout</c>).</summary>
    public TimeSpan RestrictionBudget { get; init; } = TimeSpan.FromSeconds(100);
    /// <summary>Statements a function may run.</summary>
    public int Statements { get; init; } = 100_000;
    /// <summary>Memory a function may allocate in one go, in bytes.</summary>
    public long Memory { get; init; } = 16 << 20;
    /// <summary>Depth of calls.</summary>
    public int Recursion { get; init; } = 100;
    /// <summary>Time one match of a regular expression may take.</summary>
    public TimeSpan Regex { get; init; } = TimeSpan.FromMilliseconds(50);
    /// <summary>Characters of a string that a built-in makes.</summary>
    public int StringLength { get; init; } = 1 << 20;
    /// <summary>Elements of an array.</summary>
    public int ArrayLength { get; init; } = 100_000;
    /// <summary>The longest <c>delay()</c>.</summary>
    public TimeSpan Delay { get; init; } = TimeSpan.FromMinutes(5);
}
