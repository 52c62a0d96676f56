namespace PolicyMTA.Policy.Testing;

/// <summary>How one test went. An immutable value.</summary>
/// <param name="File">Its file, below the folder of the policies.</param>
/// <param name="Name">What it is called; empty when the file itself is wrong.</param>
/// <param name="Line">Where its function begins; 0 when that is not known.</param>
/// <param name="Duration">How long it took.</param>
/// <param name="Failure">Why it failed; null when it passed.</param>
public sealed record PolicyTestResult(string File, string Name, int Line, TimeSpan Duration, PolicyTestFailure? Failure);

/// <summary>Why a test failed. An immutable value.</summary>
/// <param name="Message">What was not as it should be.</param>
/// <param name="Line">Where, in the test's file; 0 when that is not known.</param>
/// <param name="Column">Likewise, from 1.</param>
public sealed record PolicyTestFailure(string Message, int Line, int Column);
