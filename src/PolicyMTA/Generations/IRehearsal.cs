using PolicyMTA.Policy;
using PolicyMTA.Sdk;

namespace PolicyMTA.Generations;

/// <summary>What stands for the outside where policies are only tried out. Thread-safe.</summary>
internal interface IRehearsal
{
    /// <summary>The endpoints that policies reach.</summary>
    IPolicyEndpoints Endpoints { get; }

    /// <summary>What stands for a table.</summary>
    /// <param name="name">What it is called in the configuration or by a policy.</param>
    /// <param name="type">Its type.</param>
    /// <param name="table">The table itself.</param>
    ILookupTable Replace(string name, string type, ILookupTable table);
}
