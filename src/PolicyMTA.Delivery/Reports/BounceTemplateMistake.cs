namespace PolicyMTA.Delivery.Reports;

/// <summary>A mistake in a template file. An immutable value.</summary>
/// <param name="Line">Where, from 1.</param>
/// <param name="Message">What is wrong, and what to write.</param>
public sealed record BounceTemplateMistake(int Line, string Message);
