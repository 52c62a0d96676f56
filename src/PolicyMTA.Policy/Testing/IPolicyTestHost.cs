namespace PolicyMTA.Policy.Testing;

/// <summary>The world that test files act in: sessions, and fakes of what is outside. Asked by one test at a time; arguments and answers are JSON texts.</summary>
public interface IPolicyTestHost
{
    /// <summary>The clock that the test, the policies and the sessions share.</summary>
    TimeProvider Time { get; }

    /// <summary>Forgets everything that an earlier test did.</summary>
    ValueTask BeginAsync(CancellationToken cancellationToken);

    /// <summary>Does what takes a while.</summary>
    /// <exception cref="PolicyTestException">The test asked for something that is not there.</exception>
    ValueTask<string> CallAsync(string operation, string arguments, CancellationToken cancellationToken);

    /// <summary>Does what is done at once.</summary>
    /// <exception cref="PolicyTestException">The test asked for something that is not there.</exception>
    string Tell(string operation, string arguments);
}

/// <summary>What a test asked for can't be done; the message is for its author.</summary>
public sealed class PolicyTestException(string message) : Exception(message);
