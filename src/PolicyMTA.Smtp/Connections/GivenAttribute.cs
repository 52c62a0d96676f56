namespace PolicyMTA.Smtp;

/// <summary>An attribute that was given; its value is null for <c>[UNAVAILABLE]</c>. An immutable value.</summary>
public sealed record GivenAttribute<T>(T? Value);
