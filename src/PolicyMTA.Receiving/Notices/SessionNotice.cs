using PolicyMTA.Sdk;

namespace PolicyMTA.Receiving;

/// <summary>A session with trouble. An immutable value.</summary>
/// <param name="Client">The client as <c>name[address]</c>.</param>
/// <param name="Classes">What went wrong, as far as the postmaster wants to hear of it.</param>
/// <param name="Transcript">What was said, in lines without line ends: <c>In:  EHLO …</c>, <c>Out: 250 …</c>.</param>
public sealed record SessionNotice(string Client, NotifyClasses Classes, IReadOnlyList<string> Transcript);
