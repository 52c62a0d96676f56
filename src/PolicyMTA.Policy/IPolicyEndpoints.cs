namespace PolicyMTA.Policy;

/// <summary>What policies can reach of the world beyond DNS and tables: endpoints that the configuration names, and nothing else. Thread-safe.</summary>
public interface IPolicyEndpoints
{
    /// <summary>Calls an endpoint and gives its answer, as JSON texts. Any status of HTTP is an answer.</summary>
    /// <exception cref="Sdk.ConfigurationException">There is none of that name.</exception>
    /// <exception cref="Sdk.TemporaryFailureException">It does not answer.</exception>
    ValueTask<string> CallAsync(string name, string request, CancellationToken cancellationToken);

    /// <summary>Tells an endpoint something, as a JSON text, without waiting; it may be lost when the endpoint does not answer.</summary>
    /// <exception cref="Sdk.ConfigurationException">There is none of that name.</exception>
    void Tell(string name, string data);

    /// <summary>Adds to a number that the policies count.</summary>
    void Count(string name, double value);
}
