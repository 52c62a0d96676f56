using PolicyMTA.Configuration;
using PolicyMTA.Queue;

namespace PolicyMTA.Tests.Configuration;

public sealed class TransportKeysTests
{
    [Fact]
    public void Transport_has_its_own_limits_and_the_rest_of_all()
    {
        var parameters = Read(("default_destination_concurrency_limit", "7"), ("smtp_destination_concurrency_limit", "3"), ("smtp_destination_rate_delay", "2s"), ("slow_initial_destination_concurrency", "1"),
            ("slow_destination_concurrency_negative_feedback", "1/sqrt_concurrency"));

        var (general, own) = TransportKeys.Read(parameters);

        Assert.Equal((7, TimeSpan.Zero, 5), (general.DestinationConcurrency, general.DestinationRateDelay, general.InitialDestinationConcurrency));
        Assert.Equal(["slow", "smtp"], own.Keys.Order());
        Assert.Equal((3, TimeSpan.FromSeconds(2), 5), (own["smtp"].DestinationConcurrency, own["smtp"].DestinationRateDelay, own["smtp"].InitialDestinationConcurrency));
        Assert.Equal((7, 1, "1/sqrt_concurrency"), (own["slow"].DestinationConcurrency, own["slow"].InitialDestinationConcurrency, own["slow"].NegativeFeedback.ToString()));
    }

    [Fact]
    public void Defaults_are_those_of_the_queue() => Assert.Equal(new TransportLimits(), TransportKeys.Read(Read()).Default);

    [Theory]
    [InlineData("smtp_destination_rate_delay", "soon", "smtp_destination_rate_delay: 'soon' is no time such as 300s, 10m or 5d")]
    [InlineData("smtp_destination_concurrency_positive_feedback", "3", "smtp_destination_concurrency_positive_feedback: give a number from 0 to 1, alone or with /concurrency or /sqrt_concurrency")]
    public void Mistake_is_an_error_with_the_own_name(string key, string value, string error) =>
        Assert.Equal(error, Assert.Single(ParameterChecks.FindMistakes(Read((key, value)), "f")).Message);

    private static Parameters Read(params (string Name, string Value)[] given)
    {
        var values = given.ToDictionary(pair => pair.Name, pair => new ParameterValue(pair.Value, null, default, default));
        return Parameters.Create("/srv", ConfigurationKeys.Parameters.Concat(TransportKeys.Declare(values.Keys)), values);
    }
}
